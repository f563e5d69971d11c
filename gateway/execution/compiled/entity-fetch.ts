import type { Schema } from '@apollo/federation-internals';
import type { FetchNode } from '@apollo/query-planner';
import { copyOf, type Fields, mergeInto } from './objects.ts';
import { type ClientPath, clientPathsAt, collectAt, type PlanPath } from './paths.ts';
import { compileRepresentation, type Represent } from './representations.ts';
import { compileRewrites, type Rewrite } from './rewrite.ts';
import type { Run } from './run.ts';
import type { TypeTest } from './types.ts';

/** One place of the plan that wants entities, compiled. */
export interface EntityFetch {
  readonly path: PlanPath;
  readonly represent: Represent;
  readonly rewriteInput: Rewrite;
  readonly rewriteOutput: Rewrite;
  /** Of names that subgraphs with an interface object give to what has a type of its own elsewhere. */
  readonly isInterface: TypeTest;
}

export function compileEntityFetch(supergraph: Schema, node: FetchNode, path: PlanPath): EntityFetch {
  return {
    path,
    represent: compileRepresentation(supergraph, node.requires ?? []),
    rewriteInput: compileRewrites(supergraph, node.inputRewrites),
    rewriteOutput: compileRewrites(supergraph, node.outputRewrites),
    isInterface: (typename) => supergraph.type(typename)?.kind === 'InterfaceType',
  };
}

/** The representations that one `_entities` asks for, each once, however many places want the entity. */
export interface Batch {
  /** Each as JSON text, which is also what tells them apart. */
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
  const slots = new Map<string, number>();
  const wanted = fetches.map((fetch): Wanted => {
    const entities = collectAt(run.data, fetch.path);
    return { fetch, entities, slots: entities.map((entity) => slotOf(fetch, entity, slots)) };
  });
  return { representations: [...slots.keys()], wanted };
}

function slotOf(fetch: EntityFetch, entity: Fields, slots: Map<string, number>): number {
  const representation = fetch.represent(entity);
  if (!representation?.__typename) return -1;
  fetch.rewriteInput(representation);
  const text = JSON.stringify(representation);
  const known = slots.get(text);
  if (known !== undefined) return known;
  slots.set(text, slots.size);
  return slots.size - 1;
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
      mergeEntity(entities[at] as Fields, left > 0 ? copyOf(answer) : answer, fetch);
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

function mergeEntity(entity: Fields, answer: Fields, { rewriteOutput, isInterface }: EntityFetch): void {
  const { __typename: known } = entity;
  const { __typename: named } = answer;
  // A subgraph that has the interface as an object knows no better name, whether it answers first or last.
  if (!named || (known && named !== known && isInterface(String(named)))) answer.__typename = known;
  rewriteOutput(answer);
  mergeInto(entity, answer);
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
