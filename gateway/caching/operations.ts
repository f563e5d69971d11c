import { type FragmentDefinitionNode, Kind } from 'graphql';
import type { Metrics } from '#platform/metrics';
import type { Around, ExecutionResult, InterceptedOperation } from '../execution/interception.ts';
import type { GatewayContext } from '../execution/operation.ts';
import type { CacheHints } from './hints.ts';
import { type Kept, type KeptAnswers, keyFor, variablesPart } from './kept-answers.ts';
import { type Policy, policyOf } from './policy.ts';

export interface OperationCacheOptions {
  kept: KeptAnswers;
  hints: CacheHints;
  /** Of the supergraph. */
  version: string;
  /** How long after its time an answer that nothing has changed is still given. */
  staleSeconds: number;
  /** Runs work in a context of its own, after its request is over. */
  behind: (context: GatewayContext, work: (own: GatewayContext) => Promise<unknown>) => void;
  metrics: Metrics;
}

/** @returns what keeps the answers of a query; undefined where the contract does not allow it */
export function keepOperation(
  { schema, document, operation, queryHash }: InterceptedOperation,
  options: OperationCacheOptions,
): Around | undefined {
  const { kept, hints, version, staleSeconds, behind, metrics } = options;
  const root = schema.getQueryType()?.name ?? '';
  const policy = policyOf(operation.selectionSet, root, { schema, hints, fragments: fragmentsOf(document) });
  if (!policy) return undefined;
  const names = (operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
  const name = operation.name?.value ?? '';
  const make = createMaker(kept, policy, staleSeconds);
  const parsed = new WeakMap<Kept['entry'], Data>();

  const dataOf = ({ entry }: Kept): Data => {
    const data = parsed.get(entry) ?? (JSON.parse(entry.body) as Data);
    parsed.set(entry, data);
    return data;
  };

  return async (variables, context, run) => {
    const { tenant, trace } = context;
    if (context.readsOwnWrites) return run(context);
    const key = keyFor(tenant, policy.shared, ['operation', version, queryHash, name, variablesPart(names, variables)]);
    const [place] = (await kept.look(tenant, [{ key, things: policy.things }])) ?? [];
    const age = place?.kept?.ageSeconds ?? 0;
    const outcome = outcomeOf(place?.kept, place?.stamps, policy);
    metrics.observeCache('operation', outcome, age);
    trace.cache = { ...trace.cache, operation: { outcome, ageSeconds: Math.floor(age) } };
    if (place?.kept) {
      const { stamps } = place;
      if (outcome === 'stale' && stamps !== undefined) behind(context, (own) => make(own, key, stamps, run));
      return { data: dataOf(place.kept) };
    }
    return place?.stamps === undefined ? run(context) : make(context, key, place.stamps, run);
  };
}

type Data = Record<string, unknown>;
type Run = (context: GatewayContext) => Promise<ExecutionResult>;

/**
 * One makes an answer and whoever else wants it waits. The stamps are part of
 * its name: nobody waits for an answer that was begun before a change.
 */
function createMaker(kept: KeptAnswers, { maxAge }: Policy, staleSeconds: number) {
  const underWay = new Map<string, Promise<ExecutionResult>>();

  const make = async (context: GatewayContext, key: string, stamps: string, run: Run): Promise<ExecutionResult> => {
    const result = await run(context);
    if (isWhole(result)) {
      kept.keep(context.tenant, [{ key, stamps, body: JSON.stringify(result.data) }], maxAge + staleSeconds);
    }
    return result;
  };

  return async (context: GatewayContext, key: string, stamps: string, run: Run): Promise<ExecutionResult> => {
    const name = `${context.tenant.tenantId}/${key}/${stamps}`;
    const known = underWay.get(name);
    if (known) {
      const result = await known.catch(() => undefined);
      // What failed for another may not fail for us: its time may have been nearly over.
      return result && isWhole(result) ? result : run(context);
    }
    const begun = make(context, key, stamps, run).finally(() => underWay.delete(name));
    underWay.set(name, begun);
    return begun;
  };
}

/** Errors are not kept, nor answers in which something that was promised is missing. */
function isWhole({ data, errors, extensions }: ExecutionResult): boolean {
  return data !== undefined && data !== null && !errors?.length && extensions === undefined;
}

function outcomeOf(kept: Kept | undefined, stamps: string | undefined, { maxAge }: Policy) {
  if (kept) return kept.ageSeconds > maxAge ? 'stale' : 'hit';
  return stamps === undefined ? 'bypass' : 'miss';
}

export function fragmentsOf({
  definitions,
}: InterceptedOperation['document']): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = definitions.filter(
    (node): node is FragmentDefinitionNode => node.kind === Kind.FRAGMENT_DEFINITION,
  );
  return new Map(fragments.map((node) => [node.name.value, node]));
}
