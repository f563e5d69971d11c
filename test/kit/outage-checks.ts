import { expect } from 'vitest';
import type { StoreName } from '#platform/tally';
import type { OutageWorld, Sample } from './outage.ts';

/** What was answered while a store was away. */
export interface Outage {
  readonly store: StoreName;
  /** From the moment it went away until all tenants were served whole again. */
  readonly samples: readonly Sample[];
  /** The last answer to each tenant before. */
  readonly before: ReadonlyMap<string, Sample>;
}

/** Every answer came in time, and is data or a typed error for the fields of that store. */
export function expectTypedErrors({ store, samples }: Outage): void {
  expect(Math.max(...samples.map(({ ms }) => ms))).toBeLessThan(LONGEST_MS);
  const errors = samples.flatMap(({ answer }) => answer.errors);
  const wrong = errors.filter(({ path, extensions }) => {
    const fits = extensions.code === 'STORE_UNAVAILABLE' && extensions.store === store;
    return !fits || !FIELDS[store]?.test(path?.join('.') ?? '');
  });
  expect(wrong).toEqual([]);
  expect(errors.length > 0).toBe(store !== 'redis');
}

/** What the other stores serve was there all the time, as before. */
export function expectOtherFields({ store, samples, before }: Outage): void {
  const partOf = ({ tenant, answer }: Sample): string => `${tenant} ${JSON.stringify(without(store, answer.data))}`;
  const allowed = new Set([...before.values()].map(partOf));
  expect([...new Set(samples.map(partOf))].filter((part) => !allowed.has(part))).toEqual([]);
}

/** No answer held another tenant's ids or the innards of a store. */
export function expectNothingLeaked({ samples, before }: Outage, { demo }: Pick<OutageWorld, 'demo'>): void {
  const idsOf = (tenant: string): string[] => {
    const data = before.get(tenant)?.answer.data as { contents: { nodes: { id: string }[] } } | undefined;
    const ids = (data?.contents.nodes ?? []).map(({ id }) => id);
    return [demo.tenants.find(({ slug }) => slug === tenant)?.id ?? expect.fail(), ...ids];
  };
  const tenants = [...before.keys()];
  const foreign = new Map(tenants.map((tenant) => [tenant, tenants.filter((one) => one !== tenant).flatMap(idsOf)]));
  for (const { tenant, answer } of samples) {
    expect(foreign.get(tenant)?.filter((id) => answer.text.includes(id))).toEqual([]);
    if (answer.errors.length > 0) expect(JSON.stringify(answer.errors)).not.toMatch(INNARDS);
  }
}

/** One line a store, below `HEADING`. */
export function lineOf(
  { store, samples }: Outage,
  how: string,
  { awayMs, backMs }: { awayMs: number; backMs: number },
): string {
  const complete = samples.filter(({ answer }) => answer.errors.length === 0).length;
  const refused = samples.filter(({ answer }) => !answer.data?.contents).length;
  const codes = new Set(samples.flatMap(({ answer }) => answer.errors.map(({ extensions }) => extensions.code)));
  const longest = Math.max(...samples.map(({ ms }) => ms));
  const numbers = [samples.length, complete, samples.length - complete - refused, refused, longest, awayMs, backMs];
  return columns([
    `${store} ${how}`,
    ...numbers.map((number) => String(Math.round(number))),
    [...codes].join(' ') || '-',
  ]);
}

const columns = ([name = '', ...cells]: readonly string[]): string =>
  [name.padEnd(16), ...cells.map((cell) => cell.padEnd(10))].join('');

export const HEADING = columns([
  ...['outage', 'answers', 'complete', 'partial', 'refused', 'longest', 'away ms', 'then back'],
  'codes',
]);

const FIELDS: Record<StoreName, RegExp | undefined> = {
  // The list itself, or what a request that had just read it still wanted of other rows.
  postgres: /^contents(\.totalCount|\.nodes\.\d+\.(author|similar\.\d+\.content)(\.\w+)?)?$/,
  mongo: /^contents\.nodes\.\d+\.(excerpt|versionCount|views)$/,
  neo4j: /^contents\.nodes\.\d+\.(topics|similar)$/,
  redis: undefined,
};

const INNARDS =
  /127\.0\.0\.1|localhost|ECONN|socket|bolt|mongodb:|SELECT |MATCH |prisma|MongoServer|Neo4jError|\.ts\b|at async/i;

/**
 * Twice the time that a statement may take: for who asks, and for what is asked. The rest is generous on purpose: a
 * machine that runs other tests must not fail this one.
 */
const LONGEST_MS = 2 * 5_000 + 5_000;

/** The answer without what the store serves; null where it starts there. */
function without(store: StoreName, data: Sample['answer']['data']): unknown {
  if (store === 'postgres') return null;
  const names: readonly string[] = {
    mongo: ['excerpt', 'versionCount', 'views'],
    neo4j: ['topics', 'similar'],
    redis: [],
  }[store];
  return JSON.parse(JSON.stringify(data, (key, value: unknown) => (names.includes(key) ? undefined : value)));
}
