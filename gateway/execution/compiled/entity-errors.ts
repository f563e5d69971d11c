import type { SubgraphAnswerError } from '../transport.ts';
import { entityFieldNames } from '../unserved-paths.ts';
import { type Batch, placesOf } from './entity-fetch.ts';
import { downstreamError, MOST_ERRORS, unavailableError } from './errors.ts';
import type { PlanPath } from './paths.ts';
import type { Run } from './run.ts';

/** What the errors of a batch have to say about themselves. */
export interface BatchSource {
  readonly subgraph: string;
  /** The operation whose `_entities` the batch is of. */
  readonly query: string;
}

/**
 * Errors of `_entities` as errors of the client's fields. An entity that could
 * not be read at all is one error in its subgraph; for the client it is there,
 * made of other subgraphs' fields, so the error moves to the fields it leaves null.
 * @param errors their paths start at `_entities`
 */
export function reportEntityErrors(
  errors: readonly SubgraphAnswerError[],
  batch: Batch,
  { subgraph, query }: BatchSource,
  run: Run,
): void {
  const places = placesOf(batch, run);
  const moved = errors.some(({ path }) => path?.length === 2);
  const reported = errors.flatMap((error) => {
    const [, slot, ...rest] = error.path ?? [];
    if (typeof slot !== 'number') {
      return batch.wanted.map(({ fetch }) => downstreamError(error, subgraph, pathOf(error, fetch.path)));
    }
    const inside = rest.length > 0 ? [rest] : entityFieldNames(query).map((name) => [name]);
    return places(slot).flatMap((place) => inside.map((path) => downstreamError(error, subgraph, [...place, ...path])));
  });
  run.errors.push(...(moved ? reported.slice(0, MOST_ERRORS) : reported));
}

const pathOf = ({ path }: SubgraphAnswerError, prefix: PlanPath) => path && [...prefix, ...path];

/** One error for each field that the batch leaves null. */
export function reportUnavailable(batch: Batch, { subgraph, query }: BatchSource, run: Run): void {
  const places = placesOf(batch, run);
  const names = entityFieldNames(query);
  const paths = batch.representations
    .flatMap((_, slot) => places(slot))
    .flatMap((place) => names.map((name) => [...place, name]));
  for (const path of paths.slice(0, MOST_ERRORS)) run.errors.push(unavailableError(subgraph, path));
}
