import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyPluginAsync } from 'fastify';
import { PolygraphError } from '#platform/errors';
import type { DatabaseServerMetrics, Metrics } from '#platform/metrics';
import type { Settings } from '#platform/settings';
import type { StoreName } from '#platform/tally';

/** The state of the four stores; `createHealthMonitor` of operations offers it. */
export interface StoreChecks {
  check(): Promise<readonly { readonly name: Uppercase<StoreName>; readonly state: string }[]>;
}

/** The database servers as this process sees them, and what it has open to databases of tenants' own. Without I/O. */
export type ReadDatabaseServers = () => {
  readonly servers: readonly DatabaseServerMetrics[];
  readonly dedicatedConnections: number;
};

export interface OperationalRoutesOptions {
  health: StoreChecks;
  /** Absent where the process reaches no PostgreSQL. */
  databaseServers?: ReadDatabaseServers | undefined;
  metrics: Metrics;
  settings: Pick<Settings, 'NODE_ENV' | 'METRICS_TOKEN'>;
  /** True once the process was told to stop. */
  isDraining: () => boolean;
  /** Public keys of the local issuer. */
  jwks: object | undefined;
}

/**
 * For balancers and monitoring, on the same port as the API. They hold no
 * tenant's data, but /metrics tells how much the product is used and when it is
 * weak: in production it wants METRICS_TOKEN and is closed without one.
 */
export function operationalRoutes({
  health,
  databaseServers,
  metrics,
  settings,
  isDraining,
  jwks,
}: OperationalRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    app.get('/healthz', async () => ({ status: 'ok' }));

    /**
     * Ready as long as PostgreSQL answers: without it nobody can be identified, without the others answers are partial.
     * A gateway that has no stores waits for none.
     */
    app.get('/readyz', async (_request, reply) => {
      const checked = await health.check();
      const stores = Object.fromEntries(checked.map(({ name, state }) => [name.toLowerCase(), state]));
      for (const { name, state } of checked) metrics.setStoreState(name.toLowerCase() as StoreName, isUp(state));
      const ready = (checked.length === 0 || isUp(stores.postgres)) && !isDraining();
      return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', stores });
    });

    app.get('/metrics', async (request, reply) => {
      if (!mayReadMetrics(request.headers.authorization, settings)) {
        throw new PolygraphError('UNAUTHENTICATED', '/metrics asks for the bearer token METRICS_TOKEN.');
      }
      for (const { name, state } of await health.check()) {
        metrics.setStoreState(name.toLowerCase() as StoreName, isUp(state));
      }
      const known = databaseServers?.();
      if (known) metrics.setDatabaseServers(known.servers, known.dedicatedConnections);
      const { contentType, text } = await metrics.expose();
      return reply.type(contentType).send(text);
    });

    if (jwks) {
      app.get('/.well-known/jwks.json', async (_request, reply) =>
        reply.header('cache-control', 'public, max-age=60').send(jwks),
      );
    }
  };
}

function mayReadMetrics(
  authorization: string | undefined,
  { NODE_ENV, METRICS_TOKEN }: Pick<Settings, 'NODE_ENV' | 'METRICS_TOKEN'>,
): boolean {
  if (METRICS_TOKEN === undefined) return NODE_ENV !== 'production';
  // Hashed first, so that lengths are equal and the comparison takes the same time.
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${METRICS_TOKEN}`));
}

const isUp = (state: string | undefined): boolean => state === 'HEALTHY' || state === 'DEGRADED';
