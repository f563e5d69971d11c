/** A GraphQL object as data. Its prototype may be null, Object.prototype or the empty one of `newFields`. */
export type Fields = Record<string, unknown>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An alias may be called `constructor` or `__proto__`: what is inherited is never data. */
export const ownValue = (fields: object, name: string): unknown =>
  Object.hasOwn(fields, name) ? (fields as Fields)[name] : undefined;

/** Assigning to `__proto__` of an ordinary object would change its prototype instead. */
export function setOwn(fields: Fields, name: string, value: unknown): void {
  if (name in fields && !Object.hasOwn(fields, name)) {
    Object.defineProperty(fields, name, { value, configurable: true, enumerable: true, writable: true });
  } else fields[name] = value;
}

/**
 * An object that inherits nothing, so that any name is only data. V8 keeps
 * Object.create(null) as a dictionary, several times slower to fill and to write.
 */
export function newFields(): Fields {
  return new (Empty as unknown as new () => Fields)();
}

function Empty(): void {}
Empty.prototype = Object.create(null);

/** Merges as @apollo/gateway does: objects by field, lists of one length by element, the rest is replaced. */
export function mergeInto(target: Fields, source: Fields | null | undefined): void {
  if (source === undefined || source === null) return;
  for (const name of Object.keys(source)) {
    const value = source[name];
    if (value === undefined) continue;
    if (!(name in target)) {
      target[name] = value;
      continue;
    }
    const present = ownValue(target, name);
    if (present && isFields(value)) mergeInto(present as Fields, value);
    else if (Array.isArray(value) && Array.isArray(present) && value.length === present.length) {
      mergeLists(present, value);
    } else setOwn(target, name, value);
  }
}

function mergeLists(target: unknown[], source: readonly unknown[]): void {
  for (const [at, value] of source.entries()) {
    const present = target[at];
    if (isFields(present) && isFields(value)) mergeInto(present, value);
    else target[at] = value;
  }
}

/** For data that goes to several places, each of which is merged into later on. */
export function copyOf<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (!isFields(value) || !isPlain(value)) return value;
  const copy = newFields();
  for (const name of Object.keys(value)) copy[name] = copyOf(value[name]);
  return copy as T;
}

/** In process a custom scalar may be an object of a class, such as a Date. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || prototype === Empty.prototype;
}
