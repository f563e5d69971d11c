import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { buildConnection, createCursor, pageSize } from '#subgraphs/runtime/connection';

const KEY = z.tuple([z.string(), z.uuid()]);
const cursor = createCursor<[string, string]>('list.order', KEY);
const key: [string, string] = ['é "quoted" 🦓', '11111111-1111-4111-8111-111111111111'];

describe('createCursor', () => {
  it('gives back what it was given', () => {
    expect(cursor.decode(cursor.encode(key))).toEqual(key);
    expect(cursor.decode(null)).toBeUndefined();
  });

  const forged = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  it.each([
    ['empty', ''],
    ['not base64url', '%%%'],
    ['not JSON', 'AAAA'],
    ['no pair', forged('x')],
    ['of another list', createCursor('other', KEY).encode(key)],
    ['of another shape', forged(['list.order', [1, 2]])],
    ['an object', forged(['list.order', { $ne: null }])],
    ['too long', 'A'.repeat(3_000)],
  ])('refuses one that is %s', (_, text) => {
    expect(() => cursor.decode(text)).toThrow(expect.objectContaining({ code: 'CURSOR_INVALID' }));
  });
});

describe('pages', () => {
  it.each([0, -1, 101, 1.5, Number.NaN])('refuses first: %s', (first) => {
    expect(() => pageSize(first)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
  });

  it('takes the standard size where none is given', () => {
    expect([pageSize(undefined), pageSize(null, { standard: 5 }), pageSize(100)]).toEqual([20, 5, 100]);
  });

  it('cuts the row too many and says that there is more', () => {
    const page = buildConnection({ rows: ['a', 'b', 'c'], size: 2, after: null, cursorOf: (row) => `at ${row}` });
    expect(page.nodes).toEqual(['a', 'b']);
    expect(page.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: 'at a',
      endCursor: 'at b',
    });
  });

  it('has no cursors where it is empty', () => {
    const { pageInfo } = buildConnection({ rows: [], size: 2, after: 'x', cursorOf: String });
    expect(pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null });
  });
});
