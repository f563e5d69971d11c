import { createHash } from 'node:crypto';
import { type GraphQLSchema, parse } from 'graphql';
import type { Metrics } from '#platform/metrics';
import type { Settings } from '#platform/settings';
import type { Redis } from '#stores/redis/index';
import { withDeadline } from '../execution/deadline.ts';
import type { Interception } from '../execution/interception.ts';
import type { GatewayContext } from '../execution/operation.ts';
import { tellChanges } from './changes.ts';
import { cacheFetches } from './fetches.ts';
import { type CacheHints, readCacheHints } from './hints.ts';
import { createKeptAnswers } from './kept-answers.ts';
import { keepOperation, type OperationCacheOptions } from './operations.ts';

export interface CachingOptions {
  redis: Pick<Redis, 'forTenant'>;
  settings: Pick<
    Settings,
    'CACHE' | 'CACHE_TIERS' | 'CACHE_MEMORY_BYTES' | 'CACHE_STALE_SECONDS' | 'OPERATION_TIMEOUT_MS'
  >;
  metrics: Metrics;
}

export interface Caching {
  readonly intercept: Interception;
  close(): void;
}

/**
 * Answers of whole operations, of root fields and of entities, kept where the
 * contract allows it and not a moment longer than until somebody changes what
 * they show.
 * @returns undefined where CACHE is off; then nothing is told of changes either
 */
export function createCaching({ redis, settings, metrics }: CachingOptions): Caching | undefined {
  if (settings.CACHE === 'off') return undefined;
  const timeoutMs = settings.OPERATION_TIMEOUT_MS;
  const kept = createKeptAnswers({
    redis,
    tiers: settings.CACHE_TIERS,
    memoryBytes: settings.CACHE_MEMORY_BYTES,
    // A write that was given up may still run to the end of a store's own time.
    writeSeconds: Math.ceil((timeoutMs * 2) / 1_000),
  });
  const contracts = new WeakMap<GraphQLSchema, Contract>();
  const served: { contract: Contract | undefined } = { contract: undefined };

  const behind: OperationCacheOptions['behind'] = (context, work) => {
    void withDeadline(timeoutMs, undefined, (limit) => work(ownContext(context, limit))).catch(() => undefined);
  };

  return {
    intercept: {
      learn(schema, supergraphSdl) {
        const version = createHash('sha256').update(supergraphSdl).digest('base64url');
        served.contract = { schema, version, hints: readCacheHints(parse(supergraphSdl, { noLocation: true })) };
        contracts.set(schema, served.contract);
      },
      operation(operation) {
        const contract = contracts.get(operation.schema);
        if (!contract) return undefined;
        if (operation.operation.operation === 'mutation')
          return tellChanges(operation, { kept, hints: contract.hints });
        const staleSeconds = settings.CACHE_STALE_SECONDS;
        return keepOperation(operation, { ...contract, kept, staleSeconds, behind, metrics });
      },
      subgraph: (subgraph) => cacheFetches(subgraph, { kept, current: () => served.contract, metrics }),
    },
    close: kept.close,
  };
}

interface Contract {
  readonly schema: GraphQLSchema;
  readonly hints: CacheHints;
  readonly version: string;
}

/** For work that outlives its request: a time and a trace of its own. */
function ownContext(context: GatewayContext, limit: GatewayContext['limit']): GatewayContext {
  const trace = { fetches: 0, storeQueries: undefined, code: undefined };
  return { ...context, limit, trace, showTrace: false };
}
