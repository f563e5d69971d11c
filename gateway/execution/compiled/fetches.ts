import { Kind, type OperationDefinitionNode, parse, print } from 'graphql';
import { compileEntityFetch } from './entity-fetch.ts';
import { compileEntityStep, type Lot } from './entity-step.ts';
import type { PlacedFetch } from './graph.ts';
import { mergeOperations } from './merge.ts';
import type { PlanOptions } from './plan.ts';
import type { Step } from './run.ts';

/** Fetches of entities of one subgraph as one step: those that ask for the same share an `_entities`, the rest a request. */
export function compileFetches(fetches: readonly PlacedFetch[], { supergraph, subgraph }: PlanOptions): Step {
  const byQuestion = new Map<string, PlacedFetch[]>();
  for (const fetch of fetches) {
    const question = fetches.length === 1 ? '' : questionOf(fetch);
    byQuestion.set(question, [...(byQuestion.get(question) ?? []), fetch]);
  }
  const lots = [...byQuestion.values()].map((alike): Lot => {
    const { operation: query = '', operationName, variableUsages = [] } = alike[0]?.node ?? {};
    return {
      query,
      operationName,
      variableNames: variableUsages,
      fetches: alike.map(({ node, path }) => compileEntityFetch(supergraph, node, path)),
    };
  });
  const name = fetches[0]?.node.serviceName ?? '';
  return compileEntityStep(lots, lots.length > 1 ? mergeOperations(lots) : undefined, subgraph(name));
}

/** The operation without the name that the planner gave it, and what is done to its answer. */
function questionOf({ node: { operation, outputRewrites = [] } }: PlacedFetch): string {
  const document = parse(operation, { noLocation: true });
  const definitions = document.definitions.map((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return definition;
    const { name: _name, ...anonymous }: OperationDefinitionNode = definition;
    return anonymous;
  });
  return JSON.stringify([print({ ...document, definitions }), outputRewrites]);
}
