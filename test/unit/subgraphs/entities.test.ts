import { execute, parse } from 'graphql';
import { expect, test } from 'vitest';
import { MAX_REPRESENTATIONS } from '#subgraphs/runtime/entities';
import { smallHost } from '../../kit/gateway.ts';

const document = parse(
  'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }',
);
const ask = (representations: readonly object[]) =>
  execute({ schema: smallHost('content').schema, document, variableValues: { representations }, contextValue: {} });
const known = (id: unknown) => ({ __typename: 'Document', id });

test('an entity is found by a key that is one, and by nothing else', async () => {
  const keys = ['1', { $ne: '' }, 7, null, 'x'.repeat(201), '2'].map(known);
  const found = { __typename: 'Document' };
  expect((await ask(keys)).data).toEqual({ _entities: [found, null, null, null, null, found] });
});

test.each(['Query', 'Viewer', 'toString', 7, undefined])('a representation of the type %s is refused', async (type) => {
  const { errors } = await ask([{ __typename: type, id: '1' }]);
  expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
});

test('no more are looked for than two nested lists can refer to', async () => {
  const { errors } = await ask(Array.from({ length: MAX_REPRESENTATIONS + 1 }, (_, at) => known(String(at))));
  expect(errors?.[0]?.extensions.code).toBe('LIMIT_EXCEEDED');
});
