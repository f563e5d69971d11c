import type { EntityFetch } from './entity-fetch.ts';
import type { Fields } from './objects.ts';

/** Gives each representation a place in the request, and the same one the same place. */
export class Slots {
  /** Representations as JSON, by place. */
  readonly texts: string[] = [];
  readonly #byText = new Map<string, number>();
  readonly #byKey = new Map<string, Map<string, number>>();

  /** @returns for each entity its place; -1 where it has no representation */
  placesOf(entities: readonly Fields[], { represent, key }: EntityFetch): readonly number[] {
    if (!key) return entities.map((entity) => this.#placeOf(represent(entity)));
    const { typename, name } = key;
    const id = `${typename}.${name}`;
    const known = this.#byKey.get(id) ?? new Map<string, number>();
    this.#byKey.set(id, known);
    return entities.map((entity) => {
      const value = entity.__typename === typename ? entity[name] : undefined;
      if (typeof value !== 'string') return this.#placeOf(represent(entity));
      const place = known.get(value) ?? this.#placeOf(represent(entity));
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
