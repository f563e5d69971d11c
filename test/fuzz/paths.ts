import {
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  type OperationTypeNode,
} from 'graphql';
import type { Field } from './operations.ts';
import type { Random } from './random.ts';
import type { Run } from './round.ts';

/** A field, and the type that it is asked of. */
export interface Step {
  readonly parent: GraphQLObjectType;
  readonly field: Field;
}

type Kind = 'query' | 'mutation';

/**
 * The way to a field that no answer has held yet, those first that were tried least:
 * what chance alone leaves out of a run are the fields that lie deep.
 * @returns undefined where all have been seen that lie under this kind of root
 */
export function pathToUnseen(
  { schema, coverage, turns }: Pick<Run, 'schema' | 'coverage' | 'turns'>,
  kind: Kind,
  random: Random,
): readonly Step[] | undefined {
  const queries = stepsFrom(schema, 'query', random);
  // What a query answers with, too, needs no mutation.
  const steps = kind === 'query' ? queries : without(stepsFrom(schema, kind, random), queries);
  const unseen = coverage.missing.filter((name) => steps.has(name));
  if (unseen.length === 0) return undefined;
  const target = turns.pick(unseen, (name) => `unseen ${name}`, random);
  return pathIn(steps, target);
}

interface Reached extends Step {
  /** The field whose answer has the parent; undefined at the root. */
  readonly from: string | undefined;
}

/** Each `Type.field` with a shortest way to it, another one of them each time. */
function stepsFrom(schema: GraphQLSchema, kind: Kind, random: Random): Map<string, Reached> {
  const reached = new Map<string, Reached>();
  const types = new Set<GraphQLObjectType>();
  let next: { readonly type: GraphQLNamedType; readonly from: string | undefined }[] = [];
  const root = schema.getRootType(kind as OperationTypeNode);
  if (root) next.push({ type: root, from: undefined });
  while (next.length > 0) {
    const now = shuffled(next, random);
    next = [];
    for (const { type, from } of now) {
      for (const parent of objectsOf(schema, type)) {
        if (types.has(parent)) continue;
        types.add(parent);
        for (const field of Object.values(parent.getFields())) {
          const name = `${parent.name}.${field.name}`;
          reached.set(name, { parent, field, from });
          next.push({ type: getNamedType(field.type), from: name });
        }
      }
    }
  }
  return reached;
}

function pathIn(steps: ReadonlyMap<string, Reached>, target: string): Step[] {
  const path: Step[] = [];
  for (let step = steps.get(target); step; step = step.from === undefined ? undefined : steps.get(step.from)) {
    path.unshift(step);
  }
  return path;
}

function objectsOf(schema: GraphQLSchema, type: GraphQLNamedType): readonly GraphQLObjectType[] {
  if (isAbstractType(type)) return schema.getPossibleTypes(type);
  return isObjectType(type) ? [type] : [];
}

const without = (steps: Map<string, Reached>, others: ReadonlyMap<string, unknown>): Map<string, Reached> =>
  new Map([...steps].filter(([name]) => !others.has(name)));

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  const order: T[] = [];
  while (left.length > 0) order.push(...left.splice(random.integer(left.length), 1));
  return order;
}
