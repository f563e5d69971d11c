import type { Subgraph } from '../subgraph.ts';
import type { SubgraphAnswer, SubgraphAnswerError } from '../transport.ts';
import { compileBody } from './body.ts';
import { type BatchSource, reportEntityErrors, reportUnavailable } from './entity-errors.ts';
import { type Batch, type EntityFetch, gather, settle } from './entity-fetch.ts';
import { type Fields, ownValue } from './objects.ts';
import { guarded, type Run, type Step } from './run.ts';

/** Fetches that ask for the same of their entities: one `_entities` serves them all. */
export interface Lot {
  readonly fetches: readonly EntityFetch[];
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variableNames: readonly string[];
}

/** Several lots in one request, each `_entities` under an alias of its own. */
export interface MergedOperation {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variableNames: readonly string[];
  /** By lot. */
  readonly aliases: readonly string[];
  readonly representations: readonly string[];
}

/** @param merged where there is more than one lot */
export function compileEntityStep(lots: readonly Lot[], merged: MergedOperation | undefined, subgraph: Subgraph): Step {
  const singles = lots.map((lot) => compileSingle(lot, subgraph));
  const together = merged && compileTogether(lots, merged, singles, subgraph);
  return async (run) => {
    const batches = lots.map(({ fetches }) => gather(fetches, run));
    const filled = batches.flatMap(({ representations }, at) => (representations.length > 0 ? [at] : []));
    if (together && filled.length > 1) return together(batches, run);
    await Promise.all(filled.map((at) => singles[at]?.(batches[at] as Batch, run)));
  };
}

type Send = (batch: Batch, run: Run) => Promise<void>;

function compileSingle(lot: Lot, subgraph: Subgraph): Send {
  const body = compileBody(lot);
  const source = { subgraph: subgraph.name, query: lot.query };
  const places = lot.fetches.length > 1 ? lot.fetches.map((fetch) => ({ ...lot, fetches: [fetch] })) : [];
  const apart = places.map((place) => compileEntityStep([place], undefined, subgraph));
  return guardedSend(async (batch, run) => {
    if (lot.variableNames.includes('representations') && ownValue(run.variables, 'representations') !== undefined) {
      throw new Error('Variables cannot contain key "representations"');
    }
    const answer = await subgraph.ask(
      body(run.variables, [representationsText('representations', batch)]),
      run.context,
      'read',
    );
    if (!answer) return reportUnavailable(batch, source, run);
    if (isLost(answer) && apart.length > 0) return void (await Promise.all(apart.map((step) => step(run))));
    if (answer.errors) reportEntityErrors(answer.errors, batch, source, run);
    if (answer.data) settle(batch, (answer.data as Fields)._entities);
  });
}

/** One entity or `_entities` took all others down with it; asked for apart, each place gets what it can. */
const isLost = ({ data, errors }: SubgraphAnswer): boolean => !data && errors !== undefined;

function guardedSend(send: Send): Send {
  return (batch, run) => guarded(() => send(batch, run))(run);
}

function compileTogether(lots: readonly Lot[], merged: MergedOperation, singles: readonly Send[], subgraph: Subgraph) {
  const body = compileBody(merged);
  const settlers = lots.map(({ query }, at) =>
    compileSettle({ subgraph: subgraph.name, query }, merged.aliases[at] ?? ''),
  );
  return async (batches: readonly Batch[], run: Run): Promise<void> => {
    const extra = batches.map((batch, at) => representationsText(merged.representations[at] ?? '', batch));
    const answer = await subgraph.ask(body(run.variables, extra), run.context, 'read');
    if (answer && isLost(answer)) {
      await Promise.all(batches.map((batch, at) => batch.representations.length > 0 && singles[at]?.(batch, run)));
      return;
    }
    await Promise.all(batches.map((batch, at) => settlers[at]?.(batch, answer, run)));
  };
}

type Settle = (batch: Batch, answer: SubgraphAnswer | undefined, run: Run) => Promise<void>;

/** Takes from the answer of a merged operation what is of one lot. */
function compileSettle(source: BatchSource, alias: string): Settle {
  return (batch, answer, run) =>
    guarded(async () => {
      if (batch.representations.length === 0) return;
      if (!answer) return reportUnavailable(batch, source, run);
      const errors = answer.errors?.filter(({ path }) => !path || path[0] === alias);
      if (errors?.length) reportEntityErrors(errors.map(underEntities), batch, source, run);
      if (answer.data) settle(batch, ownValue(answer.data, alias));
    })(run);
}

const representationsText = (variable: string, { representations }: Batch): string =>
  `"${variable}":[${representations.join(',')}]`;

function underEntities(error: SubgraphAnswerError): SubgraphAnswerError {
  return error.path ? { ...error, path: ['_entities', ...error.path.slice(1)] } : error;
}
