import { createMetrics } from '#platform/metrics';
import type { Settings } from '#platform/settings';
import { readTrustedDocuments, type TrustedDocuments } from '#schema/trusted-documents';
import type { AccountStore } from '#stores/postgres/accounts';
import type { Postgres } from '#stores/postgres/index';
import type { Redis } from '#stores/redis/index';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import { checkSupergraph, printViolation } from '#tenancy/composition/index';
import type { Directory } from '#tenancy/directory';
import { createBudget } from '../admission/budget.ts';
import { createDocuments } from '../admission/documents.ts';
import { createEventRate } from '../admission/event-rate.ts';
import { createSignInGuard } from '../admission/failed-sign-ins.ts';
import { createOperationCosts } from '../admission/operation-costs.ts';
import { createOwnWrites } from '../admission/own-writes.ts';
import { createRateLimit } from '../admission/rate-limit.ts';
import { createCaching } from '../caching/index.ts';
import { openSignIn } from '../identity/accounts/index.ts';
import { createIdentity } from '../identity/index.ts';
import type { LocalIssuer } from '../identity/local-issuer.ts';
import { remoteKeys } from '../identity/token.ts';
import { attachmentsRoute } from './attachments-route.ts';
import { changesRoute } from './changes-route.ts';
import { eventsRoute } from './ingestion/events-route.ts';
import type { ReadDatabaseServers } from './operational-routes.ts';
import { createRouteDoor } from './route-door.ts';
import { type Gateway, type ServeOptions, serve } from './serve.ts';
import { textsRoute } from './texts-route.ts';

export type { Gateway } from './serve.ts';

export interface GatewayOptions extends ServeOptions {
  settings: Settings;
  directory: Directory;
  redis: Pick<Redis, 'forTenant' | 'attempts'>;
  /** Tells how far the caller's own writes have come, and what changes; without it neither is served. */
  postgres?: Pick<Postgres, 'forTenant' | 'servers' | 'connections'>;
  /** Signs tokens for this machine; needed where JWT_JWKS_URL is not set. */
  issuer?: LocalIssuer;
  /** Lets people sign in with a password; without it nobody does, and /auth is not there. */
  accounts?: AccountStore | undefined;
}

/**
 * @throws TypeError where settings leave nobody to trust tokens of, or where the supergraph breaks the rules of
 *   tenancy; Error of Node where the port is taken
 */
export function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { settings, directory, redis, issuer, postgres, accounts: store, log, metrics = createMetrics() } = options;
  const signIn = openSignIn({ store, directory, redis, settings, log });
  const identify = createIdentity({ directory, settings, keys: trustedKeys(options), ...signIn.identity });
  const takeRequest = createRateLimit(redis, settings);
  const admit = createRouteDoor(identify, takeRequest);
  const changes = postgres ? [changesRoute({ identify, takeRequest, postgres })] : [];
  const trusted = trustedDocuments(settings);
  return serve(
    {
      ...options,
      databaseServers: postgres && serversOf(postgres),
      metrics,
      plugins: [...(options.plugins ?? []), ...signIn.routes(identify), ...changes],
    },
    {
      identify,
      takeRequest,
      guardSignIn: createSignInGuard(redis.attempts, settings.FAILED_SIGN_INS_PER_MINUTE),
      resolveDocument: createDocuments({ settings, trusted, redis, log: options.log }),
      trusted,
      awaitOwnWrites: postgres && createOwnWrites(postgres),
      caching: createCaching({ redis, settings, metrics }),
      costs: createOperationCosts(createBudget(redis, settings.COST_PER_MINUTE), settings.MAX_OBJECTS),
      sign: createAssertionSigner(createAssertionKeys(settings.POLYGRAPH_SECRETS)),
      jwks: issuer?.jwks,
      routes: (graph) => [
        eventsRoute({ admit, takeEvents: createEventRate(redis, settings.EVENTS_PER_MINUTE), graph }),
        attachmentsRoute({ admit, graph }),
        textsRoute({ admit, graph }),
      ],
      checkSupergraph: refuseUnscoped,
    },
  );
}

const serversOf =
  ({ servers, connections }: Pick<Postgres, 'servers' | 'connections'>): ReadDatabaseServers =>
  () => ({
    servers: servers.status().map(({ pool, ...facts }) => ({ ...facts, pool: { ...pool } })),
    dedicatedConnections: connections().dedicated,
  });

/** Whoever composed the supergraph, and however long ago: what is not scoped is not served. */
function refuseUnscoped(supergraphSdl: string): void {
  const violations = checkSupergraph(supergraphSdl);
  if (violations.length === 0) return;
  throw new TypeError(`The gateway does not serve this supergraph:\n${violations.map(printViolation).join('\n')}`);
}

/** Read where it counts: an installation without saved operations needs no manifest. */
function trustedDocuments({ TRUSTED_DOCUMENTS: mode, TRUSTED_DOCUMENTS_FILE: file }: Settings): TrustedDocuments {
  return mode === 'off' ? new Map() : readTrustedDocuments(file);
}

function trustedKeys({ settings, issuer }: GatewayOptions) {
  if (settings.JWT_JWKS_URL) return remoteKeys(settings.JWT_JWKS_URL);
  if (!issuer) throw new TypeError('Set JWT_JWKS_URL: without it there is nobody whose tokens can be trusted.');
  if (settings.NODE_ENV === 'production') throw new TypeError('The local issuer signs for anyone; set JWT_JWKS_URL.');
  return issuer.keys;
}
