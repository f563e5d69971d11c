import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Stamps, TenantAnswers } from '#stores/redis/answers';
import type { Redis, RedisKey } from '#stores/redis/index';
import type { TenantContext } from '#tenancy/context';
import { servedPolicy } from '#tenancy/policy';
import type { Tier } from '#tenancy/tiers';
import { readerKey } from '../execution/sharing.ts';
import { createOwedChanges } from './owed-changes.ts';

/**
 * Answers in two levels: the memory of this process before Redis. Whether one
 * may still be given is asked of Redis each time, with one command for all that
 * a look wants: memory spares the body's way and its parsing, never the question.
 * So no process serves what another has changed, and without Redis nothing is
 * served from here at all.
 */
export interface KeptAnswers {
  /** @returns undefined where nothing may be taken from here or put here: Redis is away, the tier is not kept */
  look(reader: TenantContext, wanted: readonly Wanted[]): Promise<readonly Place[] | undefined>;
  /** Does not wait: what is not kept is made again. */
  keep(reader: TenantContext, answers: readonly Keepable[], seconds: number): void;
  /** Around a write, so that nothing of before is given after it. `run` tells whether it is certain how it ended. */
  write<T>(writer: TenantContext, things: readonly string[], run: () => Promise<Written<T>>): Promise<T>;
  close(): void;
}

/** An answer that would do. */
export interface Wanted {
  /** Of everything it depends on beside the tenant: see `keyFor`. */
  readonly key: string;
  readonly things: readonly string[];
}

export interface Place {
  readonly kept: Kept | undefined;
  /** With what an answer that is made from now on is kept; undefined while somebody writes what it shows. */
  readonly stamps: string | undefined;
}

export interface Kept {
  /** The same object for as long as this process holds it. */
  readonly entry: Entry;
  readonly ageSeconds: number;
}

export interface Entry {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly stamps: string;
  readonly body: string;
}

export interface Keepable {
  readonly key: string;
  readonly stamps: string;
  readonly body: string;
}

export interface Written<T> {
  readonly result: T;
  /** False where the write may still be under way, as after a time-out. */
  readonly certain: boolean;
}

export interface KeptAnswersOptions {
  redis: Pick<Redis, 'forTenant'>;
  tiers: readonly Tier[];
  memoryBytes: number;
  /** Longer than any write may take. */
  writeSeconds: number;
  /** Longer bodies are not kept. */
  maxBody?: number;
  now?: () => number;
}

export function createKeptAnswers({
  redis,
  tiers,
  memoryBytes,
  writeSeconds,
  maxBody = 500_000,
  now = Date.now,
}: KeptAnswersOptions): KeptAnswers {
  const memory = new LRUCache<string, Entry>({ maxSize: memoryBytes, sizeCalculation: sizeOf });
  const owed = createOwedChanges((tenant) => redis.forTenant(tenant).answers);

  const answersOf = async (reader: TenantContext): Promise<TenantAnswers | undefined> => {
    if (!tiers.includes(reader.tier) || longestOf(reader) === 0 || !(await owed.settled(reader))) return undefined;
    return redis.forTenant(reader).answers;
  };

  const lookIn = async (answers: TenantAnswers, reader: TenantContext, wanted: readonly Wanted[]): Promise<Place[]> => {
    const near = wanted.map(({ key }) => memory.get(idOf(reader, key)));
    const far = wanted.filter((_, at) => !near[at]);
    const looked = await answers.look(
      far.map(({ key }) => redisKey(key)),
      unique(wanted.flatMap(({ things }) => things)),
    );
    const texts = new Map(far.map(({ key }, at) => [key, looked.texts[at]]));
    const longest = longestOf(reader);
    const found = wanted.map(({ key, things }, at) => {
      const entry = near[at] ?? parseEntry(texts.get(key));
      if (!entry || entry.stamps !== stampsOf(things, looked.stamps)) return undefined;
      if (!near[at]) memory.set(idOf(reader, key), entry);
      const ageSeconds = Math.max(0, (now() - entry.at) / 1000);
      return ageSeconds > longest ? undefined : { entry, ageSeconds };
    });
    const missing = unique(
      wanted.flatMap(({ things }, at) => (found[at] ? [] : things.filter((thing) => !looked.stamps.has(thing)))),
    );
    const made = missing.length > 0 ? await answers.stamp(missing) : NONE;
    const stamps = new Map([...looked.stamps, ...made]);
    return wanted.map(({ things }, at) => ({ kept: found[at], stamps: stampsOf(things, stamps) }));
  };

  return {
    async look(reader, wanted) {
      try {
        const answers = await answersOf(reader);
        return answers && (await lookIn(answers, reader, wanted));
      } catch {
        // Whatever is wrong with the cache, the answer can be made without it; the breaker and its metrics tell of Redis.
        return undefined;
      }
    },
    keep(reader, answers, seconds) {
      const at = now();
      const small = answers.filter(({ body }) => body.length <= maxBody);
      for (const { key, stamps, body } of small) memory.set(idOf(reader, key), { at, stamps, body });
      if (small.length === 0) return;
      const entries = small.map(({ key, stamps, body }) => ({ key: redisKey(key), text: `${at}:${stamps}\n${body}` }));
      redis
        .forTenant(reader)
        .answers.keep(entries, Math.min(seconds, longestOf(reader)))
        .catch(() => undefined);
    },
    async write(writer, things, run) {
      const mark = () =>
        redis
          .forTenant(writer)
          .answers.changing(things, writeSeconds)
          .then(
            () => true,
            () => false,
          );
      // Where Redis is away the write goes on: that it happened is told afterwards, as soon as it can be.
      await mark();
      let certain = false;
      try {
        const written = await run();
        certain = written.certain;
        return written.result;
      } finally {
        // A write whose end nobody knows keeps its mark until it must be over. It is set again, as another write that
        // ended meanwhile has taken it off.
        if (certain) await owed.pay(writer, things);
        else if (!(await mark())) await owed.payTwice(writer, things, writeSeconds * 1_000);
      }
    },
    close: () => owed.close(),
  };
}

/**
 * The key of an answer: every part of the question, and whom it was made for.
 * The tenant is put before it by the handle, whatever is in here.
 * @param shared for all with the same scopes, else for one principal with its roles
 */
export function keyFor(reader: TenantContext, shared: boolean, question: readonly string[]): string {
  const whom = shared ? JSON.stringify(['scopes', ...reader.scopes]) : readerKey(reader);
  return createHash('sha256')
    .update(JSON.stringify([whom, ...question]))
    .digest('base64url');
}

/**
 * Of a question: the variables with these names alone, since others would make an entry of each request. One that is
 * null is not one that is absent: the second takes the default.
 */
export function variablesPart(names: readonly string[], variables: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(names.map((name) => (Object.hasOwn(variables, name) ? [variables[name]] : [])));
}

/** What a place has for those who take nothing older than `maxAge` seconds. */
export function taken(place: Place | undefined, maxAge: number): { kept?: Kept; outcome: 'hit' | 'miss' | 'bypass' } {
  if (place?.kept && place.kept.ageSeconds <= maxAge) return { kept: place.kept, outcome: 'hit' };
  return { outcome: place?.stamps === undefined ? 'bypass' : 'miss' };
}

/** Seconds that the reader's tenant lets answers be kept at most. */
const longestOf = (reader: TenantContext): number => servedPolicy(reader, 'caches.maxAgeSeconds');
const NONE: Stamps = new Map();
const redisKey = (key: string): RedisKey => ({ area: 'answer', parts: [key] });
const idOf = ({ tenantId }: TenantContext, key: string): string => `${tenantId}/${key}`;
const unique = (things: readonly string[]): string[] => [...new Set(things)];

/** @returns undefined where a stamp is missing or something is being written */
function stampsOf(things: readonly string[], stamps: Stamps): string | undefined {
  const all = things.map((thing) => stamps.get(thing));
  return all.every((stamp) => typeof stamp === 'string') ? all.join(',') : undefined;
}

/** As `keep` wrote it: when and with what stamps on the first line, the body after it. */
function parseEntry(text = ''): Entry | undefined {
  const end = text.indexOf('\n');
  const [, at, stamps] = /^(\d+):(.*)$/.exec(text.slice(0, Math.max(0, end))) ?? [];
  return at === undefined || stamps === undefined ? undefined : { at: Number(at), stamps, body: text.slice(end + 1) };
}

/** Strings of JavaScript take up to two bytes a character, and what is parsed of them about twice that. */
const sizeOf = ({ stamps, body }: Entry): number => 6 * (stamps.length + body.length) + 300;
