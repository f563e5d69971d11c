import type { Schema } from '@apollo/federation-internals';
import { getResponseName, type QueryPlanFieldNode, type QueryPlanSelectionNode } from '@apollo/query-planner';
import { type Fields, mergeInto, newFields, ownValue, setOwn } from './objects.ts';
import { typeTest } from './types.ts';

/** What an entity's key and `requires` are made of; null where a field for it is missing. */
export type Represent = (source: unknown) => Fields | null;

/** Picks from fetched data what the plan says another subgraph needs to find the entity. */
export function compileRepresentation(supergraph: Schema, selections: readonly QueryPlanSelectionNode[]): Represent {
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
    // Mostly the only fragment that applies: nothing to merge with.
    if (fields && isEmpty(result)) for (const name of Object.keys(fields)) setOwn(result, name, fields[name]);
    else mergeInto(result, fields);
    return true;
  };
}

function isEmpty(fields: Fields): boolean {
  for (const _ in fields) return false;
  return true;
}
