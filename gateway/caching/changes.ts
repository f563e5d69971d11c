import { type FieldNode, getArgumentValues, Kind, type SelectionSetNode } from 'graphql';
import { isErrorCode } from '#platform/errors';
import { UUID_IN_ANY_CASE } from '#platform/uuid';
import { THINGS, thingsOf } from '#stores/redis/answers';
import type { Around, ExecutionResult, InterceptedOperation } from '../execution/interception.ts';
import type { CacheHints, DeclaredChange } from './hints.ts';
import type { KeptAnswers } from './kept-answers.ts';
import { fragmentsOf } from './operations.ts';

/** @returns what tells the cache of all that a mutation changes, before anybody hears that it is done */
export function tellChanges(
  { schema, document, operation }: InterceptedOperation,
  { kept, hints }: { kept: KeptAnswers; hints: CacheHints },
): Around {
  const fields = rootFields(operation.selectionSet, fragmentsOf(document));
  const definitions = schema.getMutationType()?.getFields() ?? {};

  const argumentsOf = (node: FieldNode, variables: Readonly<Record<string, unknown>>): unknown => {
    const definition = definitions[node.name.value];
    return definition && getArgumentValues(definition, node, variables);
  };

  return (variables, context, run) => {
    const things = fields.flatMap((node) => {
      const declared = hints.changesOf(node.name.value);
      if (declared.length === 0) return [THINGS.everything];
      return declared.flatMap((change) => thingsOf({ ...change, id: idIn(change, argumentsOf(node, variables)) }));
    });
    return kept.write(context.tenant, [...new Set(things)], async () => {
      const result = await run(context);
      return { result, certain: isCertain(result) };
    });
  };
}

/** What is not an id as we write it may mean several of ours to a store: then any of the type has changed. */
function idIn({ idPath }: DeclaredChange, given: unknown): string | undefined {
  let value = given;
  for (const name of idPath ?? [undefined]) {
    value = typeof value === 'object' && value !== null && name ? Reflect.get(value, name) : undefined;
  }
  return typeof value === 'string' && UUID_IN_ANY_CASE.test(value) ? value.toLowerCase() : undefined;
}

function isCertain({ errors = [] }: ExecutionResult): boolean {
  return errors.every(({ extensions }) => isErrorCode(extensions?.code) && !UNCERTAIN.has(extensions.code));
}

/** After these the write may still be under way. */
const UNCERTAIN: ReadonlySet<string> = new Set(['SUBGRAPH_UNAVAILABLE', 'STORE_UNAVAILABLE', 'TIMEOUT', 'INTERNAL']);

function rootFields(set: SelectionSetNode, fragments: ReturnType<typeof fragmentsOf>): readonly FieldNode[] {
  return set.selections.flatMap((node) => {
    if (node.kind === Kind.FIELD) return [node];
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
    return fragment ? rootFields(fragment.selectionSet, fragments) : [];
  });
}
