import type { Schema } from '@apollo/federation-internals';
import { getResponseName, type QueryPlanFieldNode, type QueryPlanSelectionNode } from '@apollo/query-planner';
import { type Fields, mergeInto, newFields, ownValue } from './objects.ts';
import { typeTest } from './types.ts';

/** What an entity's key and `requires` are made of; null where a field for it is missing. */
export type Represent = (source: unknown) => Fields | null;

/** Picks from fetched data what the plan says another subgraph needs to find the entity. */
export function compileRepresentation(supergraph: Schema, selections: readonly QueryPlanSelectionNode[]): Represent {
  const [only] = selections;
  if (only?.kind === 'InlineFragment' && only.typeCondition && selections.length === 1) {
    return compileOnlyFragment(supergraph, only.typeCondition, only.selections);
  }
  const steps = selections.flatMap((selection): Step[] => {
    if (selection.kind === 'Field') return [fieldStep(supergraph, selection)];
    const { typeCondition } = selection;
    return typeCondition ? [fragmentStep(supergraph, typeCondition, selection.selections)] : [];
  });
  return (source) => {
    if (source === null) return null;
    const result = newFields();
    for (const step of steps) if (!step(source as Fields, result)) return null;
    return result;
  };
}

/** By far the most frequent: entities of one type, with nothing to merge. */
function compileOnlyFragment(
  supergraph: Schema,
  condition: string,
  selections: readonly QueryPlanSelectionNode[],
): Represent {
  const matches = typeTest(supergraph, condition);
  const inner = compileRepresentation(supergraph, selections);
  return (source) => {
    if (source === null) return null;
    const typename = (source as Fields).__typename;
    const fields = typename && matches(String(typename)) ? inner(source) : null;
    return fields ?? newFields();
  };
}

/** @returns false where the representation cannot be made */
type Step = (source: Fields, result: Fields) => boolean;

function fieldStep(supergraph: Schema, node: QueryPlanFieldNode): Step {
  const name = getResponseName(node);
  const inner = node.selections && compileRepresentation(supergraph, node.selections);
  return (source, result) => {
    const value = source === undefined ? undefined : ownValue(source, name);
    if (value === undefined) return false;
    if (!inner) result[name] = value;
    else result[name] = Array.isArray(value) ? value.map(inner) : inner(value);
    return true;
  };
}

function fragmentStep(supergraph: Schema, condition: string, selections: readonly QueryPlanSelectionNode[]): Step {
  const matches = typeTest(supergraph, condition);
  const inner = compileRepresentation(supergraph, selections);
  return (source, result) => {
    const typename = source?.__typename;
    if (!typename || !matches(String(typename))) return true;
    const fields = inner(source);
    mergeInto(result, fields);
    return true;
  };
}
