import { ApolloGateway, type GraphQLDataSourceProcessOptions, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { createIdentity } from '#gateway/identity/index';
import { createLocalIssuer } from '#gateway/identity/local-issuer';
import { createLogger } from '#platform/log';
import { readSettings } from '#platform/settings';
import { readSupergraph } from '#schema/subgraphs';
import { createDirectory } from '#stores/postgres/directory';
import { ASSERTION_HEADER } from '#tenancy/assertion/claims';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import type { TenantContext } from '#tenancy/context';
import { type Counts, serveParent } from './parent.ts';

/**
 * What one gets from the manuals of @apollo/gateway and @apollo/server, over the
 * same subgraphs. It does what they ask of any gateway, which is to know the
 * caller and to sign, and nothing of admission: no limits, no rate, no scopes.
 */
const [dir = '', places = '{}'] = process.argv.slice(2);
const urls = JSON.parse(places) as Record<string, string>;
const settings = readSettings(process.env);
const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets } = settings;
const directory = createDirectory({ url, secrets, log: createLogger({ level: 'error' }) });
const issuer = await createLocalIssuer({
  dir,
  issuer: settings.JWT_ISSUER,
  audience: settings.JWT_AUDIENCE,
  tenantClaim: settings.JWT_TENANT_CLAIM,
});
const identify = createIdentity({ directory, settings, keys: issuer.keys });
const sign = createAssertionSigner(createAssertionKeys(secrets));
const counts: Counts = { storeQueries: 0, fetches: 0 };

type Context = Record<string, unknown> & { tenant: TenantContext };

class SigningDataSource extends RemoteGraphQLDataSource<Context> {
  readonly subgraph: string;

  constructor(subgraph: string) {
    super({ url: urls[subgraph] ?? '' });
    this.subgraph = subgraph;
  }

  /** Signs the text that the parent class is about to send, which has `query` first and lacks `http`. */
  override willSendRequest({ request, context }: GraphQLDataSourceProcessOptions<Context>): void {
    // The schema itself is read from the file; no fetch of the gateway comes without a caller.
    const { query, http, ...rest } = request;
    const tenant = 'tenant' in context ? (context.tenant as TenantContext) : undefined;
    if (tenant) http?.headers.set(ASSERTION_HEADER, sign(tenant, this.subgraph, JSON.stringify({ query, ...rest })));
  }

  override didReceiveResponse: NonNullable<RemoteGraphQLDataSource<Context>['didReceiveResponse']> = ({ response }) => {
    counts.fetches += 1;
    const asked = Object.values((response.extensions?.storeQueries as Record<string, number>) ?? {});
    counts.storeQueries += asked.reduce((sum, count) => sum + count, 0);
    return response;
  };
}

const server = new ApolloServer<Context>({
  gateway: new ApolloGateway({
    supergraphSdl: readSupergraph(),
    buildService: ({ name }) => new SigningDataSource(name),
  }),
});
const { url: gateway } = await startStandaloneServer(server, {
  listen: { port: 0, host: '127.0.0.1' },
  context: async ({ req }) => ({ tenant: await identify(req.headers) }),
});
serveParent(
  { urls: { gateway } },
  async () => {
    await server.stop();
    await directory.close();
  },
  counts,
);
