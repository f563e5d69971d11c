import type { FetchNode, PlanNode } from '@apollo/query-planner';
import type { PlanPath } from './paths.ts';
import { guarded, type Run, type Step, sequence } from './run.ts';

/** A fetch of entities, and where in the answer they are. */
export interface PlacedFetch {
  readonly node: FetchNode;
  readonly path: PlanPath;
}

export interface ParallelOptions {
  compileNode: (node: PlanNode, path: PlanPath) => Step;
  /** One step for fetches from one subgraph. */
  compileFetches: (fetches: readonly PlacedFetch[]) => Step;
}

/**
 * Branches that run side by side. Those that begin with entities of the same
 * subgraph begin with one request for all of them.
 */
export function compileParallel(
  nodes: readonly PlanNode[],
  path: PlanPath,
  { compileNode, compileFetches }: ParallelOptions,
): Step {
  const branches = nodes.map((node) => ({ node, begin: beginning({ node, path }) }));
  const bySubgraph = new Map<string, PlacedFetch[]>();
  for (const { begin } of branches) {
    if (begin) {
      const { serviceName } = begin.fetch.node;
      bySubgraph.set(serviceName, [...(bySubgraph.get(serviceName) ?? []), begin.fetch]);
    }
  }
  const shared = [...bySubgraph].filter(([, fetches]) => fetches.length > 1);
  const names = shared.map(([name]) => name);
  const starts = shared.map(([, fetches]) => guarded(compileFetches(fetches)));
  const steps = branches.map(({ node, begin }) => {
    const start = begin ? names.indexOf(begin.fetch.node.serviceName) : -1;
    if (!begin || start < 0) return { start, step: compileNode(node, path) };
    return { start, step: sequence(begin.rest.map((one) => compileNode(one.node, one.path))) };
  });
  return async (run: Run) => {
    const started = starts.map((start) => start(run));
    await Promise.all(steps.map(({ start, step }) => (start < 0 ? step(run) : started[start]?.then(() => step(run)))));
  };
}

interface Placed {
  readonly node: PlanNode;
  readonly path: PlanPath;
}

interface Beginning {
  readonly fetch: PlacedFetch;
  readonly rest: readonly Placed[];
}

/** The fetch of entities with which a branch begins, and what comes after it. */
function beginning({ node, path }: Placed): Beginning | undefined {
  switch (node.kind) {
    case 'Flatten':
      return beginning({ node: node.node, path: [...path, ...node.path] });
    case 'Fetch':
      return mergeable(node) ? { fetch: { node, path }, rest: [] } : undefined;
    case 'Sequence': {
      const [first, ...others] = node.nodes;
      const begin = first && beginning({ node: first, path });
      return begin && { ...begin, rest: [...begin.rest, ...others.map((other) => ({ node: other, path }))] };
    }
    default:
      return undefined;
  }
}

const mergeable = ({ requires, operationKind, contextRewrites }: FetchNode): boolean =>
  requires !== undefined && operationKind === 'query' && !contextRewrites?.length;
