import { randomUUID } from 'node:crypto';
import type { ExecutionResult } from 'graphql';
import { type StoreCounts, withTally } from '#platform/tally';
import type { TenantStores } from '#stores/stores';
import type { Mutation, Query } from '#subgraphs/relational/generated/resolvers';
import { createRelationalSubgraph } from '#subgraphs/relational/index';
import { wrappingKeys } from '#subgraphs/relational/memory/encryption/data-keys';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import { createAssertionVerifier } from '#tenancy/assertion/verify';
import type { PostgresTenant, PostgresWorld } from './postgres.ts';
import { TEST_SECRETS } from './secrets.ts';

/** Asks the relational subgraph as the gateway does: each request signed for one tenant. */
export interface RelationalClient {
  ask(query: string, variables?: Record<string, unknown>): Promise<Answer>;
}

export interface Answer {
  /** What was selected of it is there. */
  readonly data: Query & Mutation & { readonly _entities: readonly ({ readonly id: string } | null)[] };
  readonly errors: ExecutionResult['errors'];
  readonly counts: StoreCounts;
}

export function createRelationalClient(
  world: PostgresWorld,
  { context }: PostgresTenant,
  others: Partial<TenantStores> = {},
): RelationalClient {
  const keys = createAssertionKeys(TEST_SECRETS);
  const sign = createAssertionSigner(keys);
  const host = createRelationalSubgraph({
    verify: createAssertionVerifier(keys, 'relational'),
    // Most of this subgraph reaches one store; what reaches others is given them.
    openStores: (tenant) => ({ ...others, postgres: world.postgres.forTenant(tenant) }) as TenantStores,
    sealing: wrappingKeys(TEST_SECRETS),
    log: world.log,
  });
  return {
    async ask(query, variables = {}) {
      const body = JSON.stringify({ query, variables });
      const { result, counts } = await withTally(() =>
        host.execute(body, sign(context, 'relational', body), randomUUID()),
      );
      return { data: result.data as unknown as Answer['data'], errors: result.errors, counts };
    },
  };
}
