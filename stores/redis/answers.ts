import { randomBytes } from 'node:crypto';
import type { TenantContext } from '#tenancy/context';
import type { RedisConnection } from './connection.ts';
import { type RedisKey, tenantKey } from './keys.ts';

/**
 * Kept answers of one tenant, and what they depend on.
 *
 * An answer is kept with the stamp of each thing it shows, read before the
 * answer was made, and is good as long as Redis holds the same stamps. A change
 * deletes the stamps of what it changes; the next reader makes new ones. So a
 * read that began before a change can be stored after it and is still never
 * served, and a stamp that Redis lost (eviction, flush) makes answers unusable
 * and not stale. All keys hold the run id of the server: one that came back with
 * older data than it went with has none of the answers of its former run.
 */
export interface TenantAnswers {
  /** Entries and stamps in one command. @throws PolygraphError STORE_UNAVAILABLE */
  look(entries: readonly RedisKey[], things: readonly string[]): Promise<Look>;
  /** Makes the stamps that are missing. @throws PolygraphError STORE_UNAVAILABLE */
  stamp(things: readonly string[]): Promise<Stamps>;
  /** @param ttlSeconds whole seconds, at least 1 @throws PolygraphError STORE_UNAVAILABLE */
  keep(entries: readonly { readonly key: RedisKey; readonly text: string }[], ttlSeconds: number): Promise<void>;
  /**
   * Nothing that shows these is served or kept until `changed`, or for `seconds` where that never comes: so a process
   * that dies between its write and `changed` leaves no stale answer behind. @throws PolygraphError STORE_UNAVAILABLE
   */
  changing(things: readonly string[], seconds: number): Promise<void>;
  /** Call it after the write. @throws PolygraphError STORE_UNAVAILABLE */
  changed(things: readonly string[]): Promise<void>;
}

/** By thing. Null: somebody writes it at the moment; absent: nobody has read it since it was changed. */
export type Stamps = ReadonlyMap<string, string | null>;

export interface Look {
  /** In the order asked for. */
  readonly texts: readonly (string | undefined)[];
  readonly stamps: Stamps;
}

export function createTenantAnswers(tenant: TenantContext, connection: RedisConnection): TenantAnswers {
  const { command } = connection;
  const stampKey = (run: string, thing: string): string => tenantKey(tenant, { area: 'stamp', parts: [run, thing] });
  const entryKey = (run: string, { area, parts }: RedisKey): string =>
    tenantKey(tenant, { area, parts: [run, ...parts] });
  const read = (things: readonly string[], values: readonly (string | null)[]): Stamps => {
    const found = things.map((thing, at) => [thing, values[at]] as const);
    const known = found.filter((one): one is readonly [string, string] => typeof one[1] === 'string');
    return new Map(known.map(([thing, value]) => [thing, value === WRITING ? null : value]));
  };

  return {
    async look(entries, things) {
      const run = await connection.runId();
      const keys = [...entries.map((key) => entryKey(run, key)), ...things.map((thing) => stampKey(run, thing))];
      const values = await command(['MGET', ...keys], (client) => client.mget(keys));
      const texts = values.slice(0, entries.length).map((text) => text ?? undefined);
      return { texts, stamps: read(things, values.slice(entries.length)) };
    },
    async stamp(things) {
      const run = await connection.runId();
      const keys = things.map((thing) => stampKey(run, thing));
      const values = await command(['SET', ...keys], async (client) => {
        const batch = client.multi();
        for (const key of keys) batch.set(key, randomBytes(9).toString('base64url'), 'EX', STAMP_SECONDS, 'NX');
        batch.mget(keys);
        const [error, reply] = (await batch.exec())?.at(-1) ?? [new Error('Redis left the answer out.')];
        if (error) throw error;
        return reply as (string | null)[];
      });
      return read(things, values);
    },
    async keep(entries, ttlSeconds) {
      const run = await connection.runId();
      const keys = entries.map(({ key }) => entryKey(run, key));
      await command(['SET', ...keys], async (client) => {
        const batch = client.pipeline();
        for (const [at, { text }] of entries.entries()) batch.set(keys[at] ?? '', text, 'EX', ttlSeconds);
        for (const [error] of (await batch.exec()) ?? []) if (error) throw error;
      });
    },
    async changing(things, seconds) {
      if (things.length === 0) return;
      const run = await connection.runId();
      const keys = things.map((thing) => stampKey(run, thing));
      await command(['SET', ...keys], async (client) => {
        const batch = client.multi();
        for (const key of keys) batch.set(key, WRITING, 'EX', seconds);
        await batch.exec();
      });
    },
    async changed(things) {
      if (things.length === 0) return;
      const run = await connection.runId();
      const keys = things.map((thing) => stampKey(run, thing));
      await command(['DEL', ...keys], (client) => client.del(keys));
    },
  };
}

/** A change, as the directive @changes says it. */
export interface Change {
  readonly type: string;
  /** Absent: any entity of the type. */
  readonly id?: string | undefined;
  /** It makes a new one: no entity that was there is another. */
  readonly created?: boolean | undefined;
}

/** What an answer can depend on. */
export const THINGS = {
  /** Everything of the tenant. Each answer depends on it. */
  everything: '*',
  /** One entity. */
  one: (type: string, id: string): string => `${type}/${id}`,
  /** Each entity of a type, where a change does not say which. */
  each: (type: string): string => `${type}/*`,
  /** A list or a count of the type. */
  list: (type: string): string => type,
} as const;

/** What a change makes stale. */
export function thingsOf({ type, id, created }: Change): readonly string[] {
  if (created) return [THINGS.list(type)];
  return [THINGS.list(type), id === undefined ? THINGS.each(type) : THINGS.one(type, id)];
}

const WRITING = 'writing';
/** One that runs out costs a miss. */
const STAMP_SECONDS = 86_400;
