import { describe, expect, test } from 'vitest';
import type { Ask, Question, Reply } from '#test/fuzz/asking';
import { judge } from '#test/fuzz/oracle';
import { judgeRead } from '#test/fuzz/races';
import type { Counts } from '#test/fuzz/round';
import type { TestTenant } from '#test/kit/tenants';

const VICTIM = { id: '5e1f0000-0000-4000-8000-000000000001', canary: 'canaryvictim', secret: 'secretvictim' };
const OTHERS = { others: [VICTIM as TestTenant] };

describe('a read that differs in its errors', () => {
  const reply = (answer: object): Reply => ({ status: 200, headers: '', text: JSON.stringify(answer) });
  const failed = (...path: (string | number)[]) => ({ message: path.join(), path });
  const text = 'query Q($x: Int) { a { ...F } b(x: $x) } fragment F on A { one: c d }';
  const judged = async (first: object, second: object, answer: (asked: string) => object) => {
    const asked: string[] = [];
    const ask: Ask = async (question) => {
      asked.push(question.text.replace(/\s+/g, ' '));
      return reply(answer(question.text));
    };
    const run = { asks: { inhabited: ask, alone: ask }, sent: new Map(), counts: { raced: 0 } as Counts };
    const question = { text, variables: { x: 1 }, requestId: 'a-question' } as unknown as Question;
    const verdict = await judgeRead(run, question, [reply(first), reply(second)], OTHERS);
    return { kind: verdict?.kind, raced: run.counts.raced, asked: [...new Set(asked)] };
  };
  const nothing = { data: null };

  test('tells nothing where each field that failed is answered alike by itself', async () => {
    const first = { ...nothing, errors: [failed('a', 'one')] };
    const second = { ...nothing, errors: [failed('b')] };
    expect(await judged(first, second, () => nothing)).toEqual({
      ...{ kind: undefined, raced: 1 },
      asked: ['query Q { a { ... on A { one: c } } }', 'query Q($x: Int) { b(x: $x) }'],
    });
  });

  test('is a finding where one is not', async () => {
    const counts = [1, 2, 3, 4];
    const first = { ...nothing, errors: [failed('a', 'one')] };
    const second = { ...nothing, errors: [failed('b')] };
    expect(await judged(first, second, () => ({ data: { b: counts.pop() } }))).toMatchObject({ kind: 'difference' });
  });

  test.each([
    [
      'a field that may be null by itself',
      { data: { a: { one: null } }, errors: [failed('a', 'one')] },
      { data: { a: { one: null } } },
    ],
    ['the data', { data: { a: null }, errors: [failed('a', 'one')] }, { data: { a: 1 }, errors: [failed('b')] }],
  ])('is a finding at once where what differs is %s', async (_what, first, second) => {
    expect(await judged(first, second, () => nothing)).toEqual({ kind: 'difference', raced: 0, asked: [] });
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

  test('takes what random bytes made for equal after a write, and for nothing else', () => {
    const made = { since: Date.parse('2026-01-01'), known: new Set<string>() };
    const answer = (joiningCode: string) => ({ data: { joiningCode } });
    const [one, two] = [7, 9].map((byte) => Buffer.alloc(32, byte).toString('base64url')) as [string, string];
    expect(kindOf(question(), answer(one), answer(two))).toBe('difference');
    expect(kindOf(question(), answer(one), answer(two), { made })).toBeUndefined();
    for (const other of [two.slice(1), 'canary-slug-of-as-many-characters-as-a-code', `${two.slice(0, -1)}B`]) {
      expect(kindOf(question(), answer(one), answer(other), { made })).toBe('difference');
    }
  });

  test.each([
    [
      'an id',
      '0b1d0000-0000-4000-8000-00000000000a',
      '00000000-0000-4000-8000-000000000001',
      '00000000-0000-4000-8000-000000000002',
    ],
    ['the prefix of an API key', '0b1d0000000a', '000000000001', '000000000002'],
  ])('takes %s that a write made for equal, unless somebody had it before', (_what, old, one, two) => {
    const made = { since: Date.parse('2026-01-01'), known: new Set([old]) };
    const answer = (id: string, at: string) => ({ data: { id, at, after: cursor(at) } });
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
