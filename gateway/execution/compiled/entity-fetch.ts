import type { Schema } from '@apollo/federation-internals';
import type { FetchNode } from '@apollo/query-planner';
import { copyOf, type Fields, mergeInto } from './objects.ts';
import { type ClientPath, clientPathsAt, collectAt, type PlanPath } from './paths.ts';
import { compileRepresentationText, type OnlyKey, type TextRepresentation } from './representation-text.ts';
import { compileRepresentation } from './representations.ts';
import { compileRewrites, type Rewrite } from './rewrite.ts';
import type { Run } from './run.ts';
import { Slots } from './slots.ts';
import type { TypeTest } from './types.ts';

/** One place of the plan that wants entities, compiled. */
export interface EntityFetch {
  readonly path: PlanPath;
  /** As JSON text, which is sent and also tells representations apart; undefined where it cannot be made. */
  readonly represent: TextRepresentation['represent'];
  /** Where it tells alone which representation an entity has; most lists hold the same few entities many times. */
  readonly key: OnlyKey | undefined;
  /** Undefined where answers are merged as they are. */
  readonly rewriteOutput: Rewrite | undefined;
  /** Of names that subgraphs with an interface object give to what has a type of its own elsewhere. */
  readonly isInterface: TypeTest;
}

export function compileEntityFetch(supergraph: Schema, node: FetchNode, path: PlanPath): EntityFetch {
  return {
    path,
    ...compileRepresent(supergraph, node),
    rewriteOutput: node.outputRewrites?.length ? compileRewrites(supergraph, node.outputRewrites) : undefined,
    isInterface: (typename) => supergraph.type(typename)?.kind === 'InterfaceType',
  };
}

function compileRepresent(supergraph: Schema, { requires = [], inputRewrites }: FetchNode): TextRepresentation {
  const plain = inputRewrites?.length ? undefined : compileRepresentationText(supergraph, requires);
  if (plain) return plain;
  const represent = compileRepresentation(supergraph, requires);
  const rewrite = compileRewrites(supergraph, inputRewrites);
  return {
    key: undefined,
    represent(entity) {
      const representation = represent(entity);
      if (!representation?.__typename) return undefined;
      rewrite(representation);
      return JSON.stringify(representation);
    },
  };
}

/** The representations that one `_entities` asks for, each once, however many places want the entity. */
export interface Batch {
  readonly representations: readonly string[];
  readonly wanted: readonly Wanted[];
}

interface Wanted {
  readonly fetch: EntityFetch;
  readonly entities: readonly Fields[];
  /** For each entity which representation is its own; -1 where it could not be made. */
  readonly slots: readonly number[];
}

/** @param fetches places that ask for the same fields of the same subgraph */
export function gather(fetches: readonly EntityFetch[], run: Run): Batch {
  const slots = new Slots(fetches);
  const wanted = fetches.map((fetch): Wanted => {
    const entities = collectAt(run.data, fetch.path);
    return { fetch, entities, slots: slots.placesOf(entities, fetch) };
  });
  return { representations: slots.texts, wanted };
}

/** @throws Error where the answer is not one entity, or null, for each representation */
export function settle({ representations, wanted }: Batch, received: unknown): void {
  if (!Array.isArray(received)) throw new Error('Expected "data._entities" in response to be an array');
  if (received.length !== representations.length) {
    throw new Error(`Expected "data._entities" to contain ${representations.length} elements`);
  }
  const uses = usesOf(wanted, representations.length);
  for (const { fetch, entities, slots } of wanted) {
    for (const [at, slot] of slots.entries()) {
      const answer = received[slot] as Fields | null | undefined;
      if (!answer) continue;
      // What is merged into one place later on must not show in another; the last may have the answer itself.
      const left = (uses[slot] ?? 1) - 1;
      uses[slot] = left;
      const apart = left > 0 && (fetch.rewriteOutput || !isFlat(answer));
      mergeEntity(entities[at] as Fields, apart ? copyOf(answer) : answer, fetch);
    }
  }
}

/** By slot, how many places want it. */
function usesOf(wanted: readonly Wanted[], length: number): number[] {
  const uses = new Array<number>(length).fill(0);
  for (const { slots } of wanted) {
    for (const slot of slots) if (slot >= 0) uses[slot] = (uses[slot] ?? 0) + 1;
  }
  return uses;
}

/** Nothing in it can be merged into: its values may be in several places at once. */
function isFlat(answer: Fields): boolean {
  for (const name in answer) if (typeof answer[name] === 'object' && answer[name] !== null) return false;
  return true;
}

function mergeEntity(entity: Fields, answer: Fields, { rewriteOutput, isInterface }: EntityFetch): void {
  const { __typename: known } = entity;
  const { __typename: named } = answer;
  rewriteOutput?.(answer);
  mergeInto(entity, answer);
  // A subgraph that has the interface as an object knows no better name, whether it answers first or last.
  if (named && known && named !== known && isInterface(String(named))) entity.__typename = known;
}

/** Where the client sees an entity: one path for each place that wanted it, by slot. */
export function placesOf({ wanted }: Batch, run: Run): (slot: number) => ClientPath[] {
  const bySlot = new Map<number, ClientPath[]>();
  for (const { fetch, slots } of wanted) {
    const paths = clientPathsAt(run.data, fetch.path);
    for (const [at, slot] of slots.entries()) {
      const path = paths[at];
      if (slot < 0 || !path) continue;
      bySlot.set(slot, [...(bySlot.get(slot) ?? []), path]);
    }
  }
  return (slot) => bySlot.get(slot) ?? [];
}
