import cluster from 'node:cluster';
import type { Gateway } from '#gateway/delivery/serve';
import type { FindSubgraph } from '#gateway/execution/index';
import { createLogger } from '#platform/log';
import { readSettings } from '#platform/settings';
import { CommandError, EXIT } from '../explain.ts';
import { environmentOf } from '../installation.ts';
import { LOCAL_DIR } from '../root.ts';
import { assertPortFree } from '../start/port.ts';

/** What the command line asks for; the same in every worker. */
export interface GatewayPlan {
  /** Of subgraphs that are elsewhere than the supergraph says. */
  readonly places: Readonly<Record<string, URL>>;
  /** Undefined: PORT. */
  readonly port: number | undefined;
  readonly withoutTenancy: boolean;
}

/** @throws CommandError whose exit code tells a wrong supergraph from wrong settings and a port that is taken */
export async function startPlanned(plan: GatewayPlan, supergraphSdl: string): Promise<Gateway> {
  const environment = plan.withoutTenancy ? { ...NOT_NEEDED, ...process.env } : await environmentOf(process.env);
  const port = plan.port === undefined ? {} : { PORT: String(plan.port) };
  const settings = readSettings({ ...NOT_ASKED, ...environment, ...port });
  // A worker shares the port with the others: for it the port is never free.
  if (cluster.isPrimary) await assertPortFree(settings, (other) => `npm run gateway -- --port ${other} ...`);
  const log = createLogger({ level: process.env.LOG_LEVEL || 'warn' });
  const options = { settings, supergraphSdl, subgraphs: finder(plan.places), log };
  try {
    if (plan.withoutTenancy) {
      const { dangerouslyServeWithoutTenancy } = await import('#gateway/delivery/open');
      return await dangerouslyServeWithoutTenancy(options);
    }
    const { startGatewayAlone } = await import('#operations/product/gateway-alone');
    const demo = settings.NODE_ENV !== 'production' && !settings.JWT_JWKS_URL;
    return await startGatewayAlone({ ...options, local: { demo, dir: LOCAL_DIR } });
  } catch (error) {
    if (error instanceof TypeError) throw new CommandError(error.message, EXIT.wrongSettings);
    throw error;
  }
}

/** The placeholders of a supergraph that was composed without addresses are told from places at once. */
function finder(places: GatewayPlan['places']): FindSubgraph {
  return (name, url) => {
    if (Object.hasOwn(places, name)) return places[name];
    if (url && URL.canParse(url) && !new URL(url).hostname.endsWith('.internal')) return new URL(url);
    throw new TypeError(`The supergraph has no address for its subgraph ${name}: --subgraph ${name}=URL.`);
  };
}

/** Stores that a gateway does not talk to, and so need not be told of. */
const NOT_ASKED = {
  MONGODB_URL: 'mongodb://127.0.0.1:1/none',
  NEO4J_URL: 'bolt://127.0.0.1:1',
  NEO4J_PASSWORD: 'nobody-home',
};

/** Without tenancy there is nobody to look up, nothing to count and nothing to sign. */
const NOT_NEEDED = {
  DATABASE_URL: 'postgresql://127.0.0.1:1/none',
  REDIS_URL: 'redis://127.0.0.1:1',
  POLYGRAPH_SECRETS: 'nothing is signed with this placeholder',
};
