import { randomUUID } from 'node:crypto';
import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLObjectType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContentSubgraph } from '#subgraphs/content/index';
import { createContentCaller, openTestMongo, type TestMongo, testLog } from '#test/kit/mongo';

/** Every argument of the content subgraph that says how much is asked for, found in its schema. */
const refuse = (): never => {
  throw new Error('Only the schema is looked at.');
};
const { schema } = createContentSubgraph({ verify: refuse, openStores: refuse, log: testLog });
const SIZES = new Set(['first', 'days', 'hours', 'length', 'context']);

interface Sized {
  readonly type: string;
  readonly field: string;
  readonly argument: string;
  readonly args: readonly GraphQLArgument[];
  readonly leaf: boolean;
}
const sized: readonly Sized[] = ['Query', 'Content', 'User', 'Tenant'].flatMap((type) => {
  const fields = Object.values((schema.getType(type) as GraphQLObjectType).getFields());
  return fields.flatMap(({ name, args, type: returned }) =>
    args
      .filter(({ type: given }) => getNamedType(given).name === 'Int' && name !== 'attachmentPart')
      .map(({ name: argument }) => ({
        type,
        field: name,
        argument,
        args,
        leaf: !('getFields' in getNamedType(returned)),
      })),
  );
});
const spans = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(({ args }) =>
  ['from', 'to'].every((end) => args.some(({ name }) => name === end)),
);

describe('an argument of the content subgraph', () => {
  const tenantId = randomUUID();
  let world: TestMongo;
  let ask: ReturnType<typeof createContentCaller>;
  beforeAll(async () => {
    world = await openTestMongo();
    ask = createContentCaller(world.mongo);
  });
  afterAll(() => world.close());
  const errorOf = async (query: string, variables = {}) => {
    const { errors } = await ask({ tenantId }, query, variables);
    return errors?.[0];
  };

  test('that is a number says a size, or names a version', () => {
    const others = sized
      .filter(({ argument }) => !SIZES.has(argument))
      .map(({ field, argument }) => `${field}.${argument}`);
    expect(others).toEqual(['version.number', 'compareVersions.from', 'compareVersions.to']);
    expect(sized.length).toBeGreaterThan(15);
  });

  test.each(
    sized
      .filter(({ argument }) => SIZES.has(argument))
      .map((one) => [`${one.type}.${one.field}(${one.argument})`, one] as const),
  )('%s is refused outside its limits, which the error says', async (_, { type, field, argument, args, leaf }) => {
    for (const given of [-1, 2_147_483_647]) {
      const values = args.flatMap(({ name, type: of }) =>
        name === argument ? [`${name}: ${given}`] : isNonNullType(of) ? [`${name}: ${literalOf(name, of)}`] : [],
      );
      const selection = `${field}(${values.join(', ')})${leaf ? '' : ' { __typename }'}`;
      const entity = `query ($keys: [_Any!]!) { _entities(representations: $keys) { ... on ${type} { ${selection} } } }`;
      const query = type === 'Query' ? `{ ${selection} }` : entity;
      const error = await errorOf(query, type === 'Query' ? {} : { keys: [{ __typename: type, id: tenantId }] });
      expect(error?.extensions, selection).toMatchObject({ code: 'LIMIT_EXCEEDED', argument, given });
      expect(error?.message).toContain(`\`${argument}\` is from `);
    }
  });

  test.each(spans.map(({ name, args }) => [name, args] as const))(
    'of %s spans no longer than it may',
    async (name, args) => {
      const values = args.flatMap(({ name: argument, type }) =>
        argument === 'from'
          ? ['from: "1999-01-01T00:00:00Z"']
          : isNonNullType(type)
            ? [`${argument}: ${literalOf(argument, type)}`]
            : [],
      );
      const error = await errorOf(`{ ${name}(${values.join(', ')}) { __typename } }`);
      expect(error?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', argument: 'to' });
      expect(error?.message).toMatch(/spans at most \d+ days/);
    },
  );
});

/** A value that fits, as it is written in an operation. */
function literalOf(name: string, type: GraphQLInputType): string {
  if (isNonNullType(type)) return literalOf(name, type.ofType);
  if (isListType(type)) return `[${literalOf(name, type.ofType)}, ${literalOf(name, type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (isInputObjectType(type)) {
    const needed = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
    return `{ ${needed.map((field) => `${field.name}: ${literalOf(field.name, field.type)}`).join(', ')} }`;
  }
  if (type.name === 'DateTime') return name === 'from' ? '"2026-05-01T00:00:00Z"' : '"2026-05-02T00:00:00Z"';
  return type.name === 'ID' ? `"${randomUUID()}"` : '1';
}
