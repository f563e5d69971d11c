import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { createExampleBook } from '#gateway/delivery/playground/app/example-book';
import { compare, factsOf } from '#gateway/delivery/playground/app/facts';
import type { Identity } from '#gateway/delivery/playground/app/identity';
import { isReadOnly, pickOperationName, titleOf } from '#gateway/delivery/playground/app/operations';
import { createTurns } from '#gateway/delivery/playground/app/turns';

test('a comparison finds the ids that two answers share, and takes equal titles for what they are', () => {
  const answerOf = (ids: string[]) =>
    factsOf({ list: ids.map((id) => ({ id, title: 'same', author: { id: `of ${id}` } })) });
  const apart = [answerOf(['1', '2']), answerOf(['3'])];
  expect(apart.map(({ rows }) => rows)).toEqual([2, 1]);
  expect(compare(apart)).toEqual({ sharedIds: [], sharedTitles: ['same'], idCount: 6 });
  expect(compare([...apart, answerOf(['2'])]).sharedIds).toEqual(['2', 'of 2']);
  expect(compare([factsOf(null), factsOf(undefined)]).idCount).toBe(0);
});

test('an answer is wanted until the screen is cleared or another request is sent', () => {
  const turns = createTurns();
  const first = turns.start();
  expect(first()).toBe('wanted');
  turns.clear();
  expect(first()).toBe('cleared');
  const second = turns.start();
  expect([first(), second()]).toEqual(['replaced', 'wanted']);
});

test('only documents of queries alone are taken for reading', () => {
  expect(isReadOnly('{ a } ')).toBe(true);
  expect(isReadOnly('query A { a } mutation B { b }')).toBe(false);
  expect(isReadOnly('subscription { a }')).toBe(false);
  expect(isReadOnly('{ a ')).toBe(false);
  expect(isReadOnly('fragment F on Query { a }')).toBe(false);
});

test('the operation that is sent is one of the document', () => {
  expect(pickOperationName('query A { a }', 'OfTheDocumentBefore')).toBe('A');
  expect(pickOperationName('query A { a } query B { b }', 'B')).toBe('B');
  expect(pickOperationName('query A { a } query B { b }', 'C')).toBeUndefined();
  expect(titleOf('01-newest-published')).toBe('Newest published');
});

test('an example borrows a value from another as the same caller, and never runs a mutation for it', async () => {
  const app = Fastify();
  app.post('/graphql', async ({ headers }) => ({ data: { first: { id: `of ${headers.authorization}` } } }));
  const endpoint = `${await app.listen({ port: 0, host: '127.0.0.1' })}/graphql`;
  const read = { name: '01-first', title: '', query: '{ first { id } }', variables: {} };
  const write = { name: '02-make', title: '', query: 'mutation { make { id } }', variables: {} };
  const borrow = (from: string, path: string) => ({
    ...read,
    name: '03',
    variables: { id: { $from: from, $path: path } },
  });
  const acme = callerOf('acme');
  const globex = callerOf('globex');
  const book = createExampleBook([read, write], endpoint);

  expect(await book.variablesFor(borrow('01-first', 'first.id'), acme)).toEqual({ id: 'of acme' });
  book.remember(write, acme, { make: { id: 'made' } });
  expect(await book.variablesFor(borrow('02-make', 'make.id'), acme)).toEqual({ id: 'made' });
  await expect(book.variablesFor(borrow('02-make', 'make.id'), globex)).rejects.toThrow('Run the example “Make” first');
  await app.close();
});

function callerOf(name: string): Identity {
  return { name, tier: 'STANDARD', caller: 'owner', hue: 'teal', headers: { authorization: name } };
}
