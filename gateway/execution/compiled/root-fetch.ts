import type { Schema } from '@apollo/federation-internals';
import type { FetchNode } from '@apollo/query-planner';
import type { Subgraph } from '../subgraph.ts';
import type { SubgraphAnswerError } from '../transport.ts';
import { unservedPaths } from '../unserved-paths.ts';
import { compileBody } from './body.ts';
import { downstreamError, unavailableError } from './errors.ts';
import { copyOf, type Fields, mergeInto } from './objects.ts';
import { collectAt, type PlanPath } from './paths.ts';
import { compileRewrites } from './rewrite.ts';
import type { Step } from './run.ts';

/** A fetch of fields of Query or Mutation. */
export function compileRootFetch(supergraph: Schema, node: FetchNode, path: PlanPath, subgraph: Subgraph): Step {
  const { operation: query, operationName, variableUsages = [] } = node;
  const body = compileBody({ query, operationName, variableNames: variableUsages });
  const kind = node.operationKind === 'query' ? 'read' : 'write';
  const rewrite = compileRewrites(supergraph, node.outputRewrites);
  return async (run) => {
    const targets = collectAt(run.data, path);
    if (targets.length === 0) return;
    const answer = await subgraph.ask(body(run.variables), run.context, kind);
    if (!answer) {
      const errors = unservedPaths(query, undefined).map((name) => unavailableError(subgraph.name, [...path, ...name]));
      run.errors.push(...errors);
      return;
    }
    const { errors = [] } = answer;
    run.errors.push(...errors.map((error) => rootError(error, subgraph.name, path)));
    if (!answer.data) return;
    rewrite(answer.data);
    for (const [at, target] of targets.entries()) {
      mergeInto(target, (at === 0 ? answer.data : copyOf(answer.data)) as Fields);
    }
  };
}

const rootError = (error: SubgraphAnswerError, subgraph: string, prefix: PlanPath) =>
  downstreamError(error, subgraph, error.path && [...prefix, ...error.path]);
