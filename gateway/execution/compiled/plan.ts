import type { Operation, Schema } from '@apollo/federation-internals';
import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner';
import type { Subgraph } from '../subgraph.ts';
import { NotCompiledError } from './fallback.ts';
import { compileFetches } from './fetches.ts';
import { unitsOf } from './graph.ts';
import { ownValue } from './objects.ts';
import type { PlanPath } from './paths.ts';
import { compileRootFetch } from './root-fetch.ts';
import { guarded, type Run, type Step } from './run.ts';
import { compileWalk } from './walk.ts';

export interface PlanOptions {
  readonly operation: Operation;
  readonly supergraph: Schema;
  /** @throws Error where the supergraph has no such subgraph */
  readonly subgraph: (name: string) => Subgraph;
}

/** @throws NotCompiledError where the plan holds a node that only @apollo/gateway runs */
export function compilePlan({ node }: QueryPlan, options: PlanOptions): Step {
  if (!node) return async () => {};
  if (node.kind === 'Subscription') throw new NotCompiledError('subscription');
  return compileNode(node, [], options);
}

/** @param path of all the Flatten nodes around the node */
function compileNode(node: PlanNode, path: PlanPath, options: PlanOptions): Step {
  const units = unitsOf(node, path, (child, at) => compileStep(child, at, options));
  return compileWalk(units, (fetches) => compileFetches(fetches, options));
}

function compileStep(node: PlanNode, path: PlanPath, options: PlanOptions): Step {
  switch (node.kind) {
    case 'Fetch':
      return compileFetch(node, path, options);
    case 'Condition': {
      const [yes, no] = [node.ifClause, node.elseClause].map((clause) => clause && compileNode(clause, path, options));
      const holds = compileCondition(node.condition, options.operation);
      return async (run) => (holds(run) ? yes : no)?.(run);
    }
    case 'Defer':
      throw new NotCompiledError('defer');
    default:
      throw new NotCompiledError('unknown');
  }
}

function compileFetch(node: FetchNode, path: PlanPath, options: PlanOptions): Step {
  if (node.contextRewrites?.length) throw new NotCompiledError('context');
  if (node.requires) return guarded(compileFetches([{ node, path }], options));
  return guarded(compileRootFetch(options.supergraph, node, path, options.subgraph(node.serviceName)));
}

function compileCondition(name: string, operation: Operation): (run: Run) => boolean {
  const fallback: unknown = operation.variableDefinitions.definition(name)?.defaultValue;
  return ({ variables }) => {
    const given = ownValue(variables, name);
    const value = given === undefined ? fallback : given;
    if (typeof value === 'boolean') return value;
    throw new TypeError(`Invalid non-boolean value ${String(value)} for Boolean! variable $${name}`);
  };
}
