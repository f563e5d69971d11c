import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { apiSchemaOf } from '#schema/api';
import { type Sizeable, sizeablesOf } from '#test/kit/arguments';
import type { AnswerError } from '#test/kit/client';
import { type Population, populate } from '#test/kit/population';
import { createTenant, type TestTenant } from '#test/kit/tenants';
import { useWorld } from '#test/kit/world';

/** What is no size: why a number of that name needs no limit. */
const NO_SIZES: Readonly<Record<string, string>> = {
  ifRevision: 'is compared',
  number: 'names a version; one that is not there is null or NOT_FOUND',
  from: 'names a version',
  to: 'names a version',
  round: 'names a round',
  costMicros: 'is an amount of money',
  limitMicros: 'is an amount of money',
};
/** Texts that may be that long: where their limit is shown. */
const LONG_TEXTS: Readonly<Record<string, string>> = {
  body: 'CONTENT_BODY_LIMIT, in test/behaviour/bad-writes.test.ts',
};
/** What an owner may not ask: who looks at it instead. */
const OF_THE_PLATFORM: Readonly<Record<string, string>> = {
  'Query.slowQueries(first)': 'test/behaviour/maintenance.test.ts',
  'Query.maintenanceRuns(first)': 'test/behaviour/maintenance.test.ts',
};

let tenant: TestTenant;
let held: Population;
const idOf = (argument: string, field: string): string => {
  const named = `${argument} ${field}`;
  if (/user|owner|author/i.test(named)) return tenant.userIds.OWNER;
  return (/topic/i.test(argument) ? held.topicIds[0] : held.contentIds[0]) ?? '';
};
const schema = apiSchemaOf(readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8'));
const ALL = sizeablesOf(schema, idOf);
const SIZEABLES = ALL.filter(
  ({ path, name, kind }) => !(path in OF_THE_PLATFORM || (kind === 'number' && name in NO_SIZES)),
);
const numbers = SIZEABLES.filter(({ kind }) => kind === 'number').map((one) => [one.path, one] as const);
const lists = SIZEABLES.filter(({ kind }) => kind === 'list').map((one) => [one.path, one] as const);
/** What is only looked for may be as long as the request: it is not there. */
const texts = SIZEABLES.filter(
  ({ path, name, kind }) => kind === 'text' && path.startsWith('Mutation.') && !(name in LONG_TEXTS),
).map((one) => [one.path, one] as const);

describe('every argument of the graph has a limit, and says it', () => {
  const world = useWorld();
  beforeAll(async () => {
    tenant = await createTenant(world);
    held = await populate(tenant, 2);
  });

  test('so many are looked at', () => {
    expect(numbers.length).toBeGreaterThan(70);
    expect(lists.length).toBeGreaterThan(10);
    expect(texts.length).toBeGreaterThan(20);
    const known = new Set(ALL.flatMap(({ path, name }) => [path, name]));
    for (const exempt of Object.keys({ ...NO_SIZES, ...LONG_TEXTS, ...OF_THE_PLATFORM }))
      expect(known).toContain(exempt);
  });

  test.each(numbers)('%s', async (_path, sizeable) => {
    // So many rows or days are too many anywhere; the largest number may be refused by its price already.
    const tooMany = SIZE.test(sizeable.name) ? [20_000] : [];
    const none = FROM_ONE.test(sizeable.name) ? [0] : [];
    for (const value of [...tooMany, ...none, -1, 1_000_000_000]) await expectLimit(sizeable, value);
  });

  test.each(lists)('%s', async (_path, sizeable) => {
    for (const length of [5_000, 100_000]) {
      await expectLimit(
        sizeable,
        Array.from({ length }, (_, at) => sizeable.entry(at)),
      );
    }
  });

  test.each(texts)('%s', async (_path, sizeable) => {
    await expectLimit(sizeable, 'x'.repeat(150_000), { form: true });
  });

  /** By one of the ways at least: another may lead to nothing. */
  async function expectLimit({ operations, name }: Sizeable, value: unknown, { form = false } = {}): Promise<void> {
    const said: string[] = [];
    for (const { query, variables } of operations(value)) {
      const [error] = (await tenant.as('OWNER').query(query, variables)).errors;
      if (error && (saysLimit(error, name, value) || (form && saysForm(error)))) return;
      said.push(error ? `${error.extensions.code} ${error.message}` : `no error: ${query}`);
    }
    const shown = Array.isArray(value) ? `${value.length} entries` : String(value).slice(0, 20);
    const lines = said.map((line) => line.slice(0, 300)).join('\n');
    expect.fail(`${shown} for \`${name}\` is not refused with a limit:\n${lines}`);
  }
});

function saysLimit({ message, extensions }: AnswerError, name: string, value: unknown): boolean {
  const says = /\d/.test(message.replaceAll(String(value), ''));
  if (WHOLE_REQUEST.has(extensions.code)) return says;
  return says && REFUSALS.has(extensions.code) && message.includes(name);
}

/** A text that nothing is called, or that is of no form that is taken, is not kept; nor is it told back. */
const saysForm = ({ message, extensions }: AnswerError): boolean =>
  /^(BAD_USER_INPUT|NOT_FOUND|CONFLICT)$/.test(extensions.code) && message.length < 500;

const SIZE = /^(first|last|limit|k|depth|days|hours|length|context)$/;
const FROM_ONE = /^(first|last|limit|k|depth|days|hours|length)$/;
const REFUSALS = new Set(['LIMIT_EXCEEDED', 'BAD_USER_INPUT']);
const WHOLE_REQUEST = new Set(['REQUEST_TOO_LARGE', 'BUDGET_EXCEEDED']);
