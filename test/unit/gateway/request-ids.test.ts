import { expect, test } from 'vitest';
import { createRequestIds } from '#gateway/delivery/request-ids';

test('each request without an id gets one of its own, which could be given back to us', () => {
  const idOf = createRequestIds();
  const ids = Array.from({ length: 1_000 }, () => idOf({}));
  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(ids.map((id) => idOf({ 'x-request-id': id }))).toEqual(ids);
});

test.each(['short', 'a'.repeat(65), 'a b"c{}0000', 'line\nbreak'])('%j is no id that we would write down', (given) => {
  expect(createRequestIds()({ 'x-request-id': given })).toMatch(/^[0-9a-f]{32}$/);
});
