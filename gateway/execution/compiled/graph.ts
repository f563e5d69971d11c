import type { FetchNode, PlanNode } from '@apollo/query-planner';
import type { PlanPath } from './paths.ts';
import type { Step } from './run.ts';

/** A fetch of entities, and where in the answer they are. */
export interface PlacedFetch {
  readonly node: FetchNode;
  readonly path: PlanPath;
}

/** A part of the plan that begins when others are done. */
export interface Unit {
  /** A fetch that others may join in one request, or anything else. */
  readonly work: { readonly fetch: PlacedFetch } | { readonly step: Step };
  /** Units that come before it, by index. */
  readonly after: readonly number[];
  /** The longest way to it, in units; two of one depth never wait for each other. */
  readonly depth: number;
}

/**
 * A plan says what runs in sequence and what side by side. What it means is
 * which fetch needs which other, and said so, it also shows which fetches of one
 * subgraph could be one request although they are in different branches.
 * @param compileStep of a node that is no sequence, no parallel and no fetch of entities
 */
export function unitsOf(
  root: PlanNode,
  path: PlanPath,
  compileStep: (node: PlanNode, path: PlanPath) => Step,
): readonly Unit[] {
  const units: Unit[] = [];
  const add = (work: Unit['work'], after: readonly number[]): readonly number[] => {
    const depth = 1 + Math.max(0, ...after.map((index) => units[index]?.depth ?? 0));
    return [units.push({ work, after, depth }) - 1];
  };
  /** @returns what the next in sequence has to wait for */
  const place = (node: PlanNode, at: PlanPath, after: readonly number[]): readonly number[] => {
    switch (node.kind) {
      case 'Sequence':
        return node.nodes.reduce((before, child) => place(child, at, before), after);
      case 'Parallel':
        return node.nodes.length === 0 ? after : node.nodes.flatMap((child) => place(child, at, after));
      case 'Flatten':
        return place(node.node, [...at, ...node.path], after);
      case 'Fetch':
        return add(isShareable(node) ? { fetch: { node, path: at } } : { step: compileStep(node, at) }, after);
      default:
        return add({ step: compileStep(node, at) }, after);
    }
  };
  place(root, path, []);
  return units;
}

const isShareable = ({ requires, operationKind, contextRewrites }: FetchNode): boolean =>
  requires !== undefined && operationKind === 'query' && !contextRewrites?.length;
