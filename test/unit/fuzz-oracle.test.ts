import { describe, expect, test } from 'vitest';
import type { Ask, Question, Reply } from '#test/fuzz/asking';
import { judge } from '#test/fuzz/oracle';
import { judgeRead } from '#test/fuzz/races';
import type { Counts } from '#test/fuzz/round';
import type { TestTenant } from '#test/kit/tenants';

const VICTIM = { id: '5e1f0000-0000-4000-8000-000000000001', canary: 'canaryvictim', secret: 'secretvictim' };
const OTHERS = { others: [VICTIM as TestTenant] };

describe('a read that differs', () => {
  const reply = (data: unknown): Reply => ({ status: 200, headers: '', text: JSON.stringify({ data }) });
  const question = { text: 'query { a }', variables: {}, requestId: 'a-question' } as unknown as Question;
  const judged = async (answers: readonly unknown[]) => {
    const left = [...answers];
    const alone: Ask = async () => reply(left.shift());
    const counts = { raced: 0 } as Counts;
    const run = { asks: { inhabited: alone, alone }, sent: new Map(), counts };
    const verdict = await judgeRead(run, question, [reply('now'), reply('then')], OTHERS);
    return [verdict?.kind, counts.raced];
  };

  test('tells nothing where the world without the victim gives that answer as well', async () => {
    expect(await judged(['then', 'now'])).toEqual([undefined, 1]);
  });

  test('is a finding where it never does', async () => {
    expect(await judged(Array.from({ length: 30 }, () => 'then'))).toEqual(['difference', 0]);
  });
});

describe('the oracle', () => {
  const question = (variables: Record<string, unknown> = {}): Question => ({
    to: 'gateway',
    tenant: {} as TestTenant,
    caller: 'OWNER',
    text: 'query { a }',
    variables,
    requestId: 'a-question',
  });
  const reply = (body: object, headers = ''): Reply => ({ status: 200, headers, text: JSON.stringify(body) });
  const kindOf = (asked: Question, inhabited: object, alone: object = inhabited, options: object = OTHERS) =>
    judge(asked, reply(inhabited), reply(alone), { ...OTHERS, ...options })?.kind;

  test('lets equal answers pass, in whatever order their errors came', () => {
    const errors = [{ message: 'one' }, { message: 'two' }];
    expect(
      kindOf(question(), { data: { a: 1 }, errors }, { data: { a: 1 }, errors: errors.toReversed() }),
    ).toBeUndefined();
    expect(kindOf(question(), { data: { a: 1 } }, { data: { a: 2 } })).toBe('difference');
    const counted = (neo4j: number, cost = 1) => ({ data: {}, extensions: { cost, storeQueries: { neo4j } } });
    expect(kindOf(question(), counted(8), counted(9))).toBeUndefined();
    expect(kindOf(question(), counted(8), counted(8, 2))).toBe('difference');
  });

  test('takes no value of another tenant but one that was sent, and no secret at all', () => {
    expect(kindOf(question(), { data: { a: 'canaryvictim-1' } })).toBe('foreign');
    expect(kindOf(question({ slug: 'canaryvictim-1' }), { data: { a: 'canaryvictim-1' } })).toBeUndefined();
    expect(kindOf(question({ slug: 'canaryvictim' }), { data: { a: 'canaryvictim-1' } })).toBe('foreign');
    expect(kindOf(question({ slug: 'secretvictim' }), { data: { a: 'secretvictim' } })).toBe('foreign');
    expect(judge(question(), reply({}, `x: ${VICTIM.id}`), reply({}, `x: ${VICTIM.id}`), OTHERS)?.kind).toBe('foreign');
  });

  test('finds a fault of ours in either world', () => {
    const fault = { errors: [{ message: '', extensions: { code: 'INTERNAL' } }] };
    expect(kindOf(question(), { data: null }, fault)).toBe('internal');
  });

  test('takes the milliseconds of a cursor for the moment that they are, after a write only', () => {
    const made = { since: Date.parse('2026-01-01'), known: new Set<string>() };
    const answer = (at: string) => ({ data: { after: cursor(Date.parse(at)) } });
    const [old, now, later] = ['2025-06-01', '2026-06-01', '2026-06-02'].map((at) => answer(at)) as [
      object,
      object,
      object,
    ];
    expect(kindOf(question(), now, later)).toBe('difference');
    expect(kindOf(question(), now, later, { made })).toBeUndefined();
    expect(kindOf(question(), old, later, { made })).toBe('difference');
  });

  test('takes what a write made for equal, unless somebody had it before', () => {
    const old = '0b1d0000-0000-4000-8000-00000000000a';
    const made = { since: Date.parse('2026-01-01'), known: new Set([old]) };
    const answer = (id: string, at: string) => ({ data: { id, at, after: cursor(at) } });
    const [one, two] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
    const [now, later] = ['2026-06-01T00:00:00.000Z', '2026-06-01T00:00:00.001Z'];
    expect(kindOf(question(), answer(one, now), answer(two, later))).toBe('difference');
    expect(kindOf(question(), answer(one, now), answer(two, later), { made })).toBeUndefined();
    expect(kindOf(question(), answer(old, now), answer(two, later), { made })).toBe('difference');
    expect(kindOf(question(), answer(one, '2025-06-01T00:00:00.000Z'), answer(two, later), { made })).toBe(
      'difference',
    );
  });
});

const cursor = (at: string | number): string => Buffer.from(JSON.stringify(['contents', [at]])).toString('base64url');
