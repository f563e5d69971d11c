import type { EntityFetch } from './entity-fetch.ts';
import type { Fields } from './objects.ts';
import type { OnlyKey } from './representation-text.ts';

/** Gives each representation a place in the request, and the same one the same place. */
export class Slots {
  /** Representations as JSON, by place. */
  readonly texts: string[] = [];
  readonly #byText = new Map<string, number>();
  readonly #byKey = new Map<string, Map<unknown, number>>();
  /** Keys alone tell representations apart, which is faster by far than to compare their texts. */
  readonly #alike: boolean;

  /** @param fetches whose entities are going to have a place */
  constructor([first, ...others]: readonly EntityFetch[]) {
    const id = idOf(first?.key);
    this.#alike = id !== '' && others.every(({ key }) => idOf(key) === id);
  }

  /** @returns for each entity its place; -1 where it has no representation */
  placesOf(entities: readonly Fields[], { represent, key }: EntityFetch): readonly number[] {
    if (!key) return entities.map((entity) => this.#placeOf(represent(entity)));
    const { typename, name } = key;
    const id = idOf(key);
    const known = this.#byKey.get(id) ?? new Map<unknown, number>();
    this.#byKey.set(id, known);
    return entities.map((entity) => {
      const value = entity.__typename === typename ? entity[name] : undefined;
      if (value === undefined || typeof value === 'object') return this.#placeOf(represent(entity));
      const seen = known.get(value);
      if (seen !== undefined) return seen;
      const text = represent(entity);
      const place = this.#alike && text !== undefined ? this.texts.push(text) - 1 : this.#placeOf(text);
      known.set(value, place);
      return place;
    });
  }

  #placeOf(text: string | undefined): number {
    if (text === undefined) return -1;
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    this.#byText.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }
}

const idOf = (key: OnlyKey | undefined): string => (key ? `${key.typename}.${key.name}` : '');
