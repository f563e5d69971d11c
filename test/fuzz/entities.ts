import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  type DirectiveNode,
  type FieldNode,
  GraphQLID,
  GraphQLNonNull,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  isUnionType,
  Kind,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { parseSubgraphSdl, type SubgraphName } from '#schema/subgraphs';
import { createWriter, type RandomOperation } from './operations.ts';
import type { Random } from './random.ts';
import { randomValue, type ValuePool } from './values.ts';

/** The door of a subgraph behind the gateway, where keys are asked for that no root field would give. */
export interface EntityDoor {
  readonly subgraph: SubgraphName;
  readonly schema: GraphQLSchema;
  readonly entities: readonly Entity[];
}

interface Entity {
  readonly type: GraphQLObjectType;
  /** The fields of each of its keys. */
  readonly keys: readonly SelectionSetNode[];
}

/** @returns undefined where the subgraph has no entities */
export function entityDoorOf(subgraph: SubgraphName): EntityDoor | undefined {
  const schema = buildSubgraphSchema(parseSubgraphSdl(subgraph));
  const union = schema.getType('_Entity');
  if (!isUnionType(union)) return undefined;
  return { subgraph, schema, entities: union.getTypes().map((type) => ({ type, keys: keysOf(type) })) };
}

/** `_entities` for one type, with random fields of it. */
export function randomEntities(
  { schema, entities }: EntityDoor,
  options: { pool: ValuePool; random: Random; maxDepth?: number; unstable?: ReadonlySet<string> },
): RandomOperation {
  const { random } = options;
  const writer = createWriter({ ...options, schema });
  // Of two types, fields of one name could be of two kinds, which no selection may hold.
  const { type } = random.pick(entities);
  const part = `... on ${type.name} ${writer.selection(type, 2)}`;
  const root = `_entities(representations: $representations) { __typename ${part} }`;
  return writer.finish('query', [root], '$representations: [_Any!]!');
}

/** One to four. @param text of an operation of `randomEntities`: most are of the type that it asks for */
export function drawRepresentations(
  { entities }: EntityDoor,
  text: string,
  pool: ValuePool,
  random: Random,
): readonly unknown[] {
  const asked = entities.filter(({ type }) => text.includes(`... on ${type.name} {`));
  return Array.from({ length: 1 + random.integer(4) }, () => {
    const { type, keys } = random.pick(random.chance(0.95) ? asked : entities);
    const key = keyOf(type, random.pick(keys), pool, random);
    // Whoever could name a tenant here would choose one.
    const claim = random.chance(0.1) ? { tenantId: random.pick([...(pool.others.get('Tenant.id') ?? ['x'])]) } : {};
    return { __typename: type.name, ...key, ...claim };
  });
}

function keyOf(type: GraphQLObjectType, set: SelectionSetNode, pool: ValuePool, random: Random): object {
  const fields = set.selections.filter((one): one is FieldNode => one.kind === Kind.FIELD);
  const pairs = fields.map(({ name: { value: name }, selectionSet }) => {
    const inner = getNamedType(type.getFields()[name]?.type ?? GraphQLID);
    if (selectionSet && isObjectType(inner)) return [name, keyOf(inner, selectionSet, pool, random)] as const;
    const place = { type: new GraphQLNonNull(GraphQLID), name, returns: type };
    return [name, randomValue(place, pool, random)] as const;
  });
  return Object.fromEntries(pairs);
}

function keysOf(type: GraphQLObjectType): SelectionSetNode[] {
  const nodes = [type.astNode, ...type.extensionASTNodes];
  const directives = nodes.flatMap((node): readonly DirectiveNode[] => node?.directives ?? []);
  return directives
    .filter(({ name }) => name.value === 'key')
    .flatMap(({ arguments: given }) => {
      const fields = given?.find(({ name }) => name.value === 'fields')?.value;
      return fields?.kind === Kind.STRING ? [selectionOf(fields.value)] : [];
    });
}

function selectionOf(fields: string): SelectionSetNode {
  const [definition] = parse(`{ ${fields} }`).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new TypeError(`${fields} is no key.`);
  return definition.selectionSet;
}
