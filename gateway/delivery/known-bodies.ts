import { LRUCache } from 'lru-cache';

export interface KnownBodiesOptions {
  /** Bodies that are kept; the least recently used goes first. */
  max?: number;
  /** Of a text, in characters: longer ones are mostly writes, which seldom come twice. */
  maxLength?: number;
}

/**
 * Reads a body that came before without parsing it again: the same text is the
 * same object, frozen to its last value, so that whoever has checked it once may
 * remember that of the object. Nothing of the caller is in here: a body says the
 * same whoever sends it, and who may ask is found out anew for each request.
 */
export function rememberBodies(
  parse: (text: string) => unknown,
  { max = 1_000, maxLength = 2_000 }: KnownBodiesOptions = {},
): (text: string) => unknown {
  const known = new LRUCache<string, object>({ max });
  const once = new Set<string>();
  return (text) => {
    if (text.length > maxLength) return parse(text);
    const body = known.get(text);
    if (body) return body;
    const parsed = parse(text);
    // What comes once, as with ever other variables, should not push out what comes often.
    if (!once.delete(text)) {
      if (once.size >= max) once.clear();
      once.add(text);
    } else if (typeof parsed === 'object' && parsed !== null) known.set(text, frozen(parsed));
    return parsed;
  };
}

/** Whether a value is of a body that came before, and will be the same object when it comes again. */
export const isRemembered = (value: object): boolean => Object.isFrozen(value);

function frozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) frozen(inner);
  return Object.freeze(value);
}
