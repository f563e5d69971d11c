import { createMetrics } from '#platform/metrics';
import type { Settings } from '#platform/settings';
import type { Redis } from '#stores/redis/index';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import { checkSupergraph, printViolation } from '#tenancy/composition/index';
import type { Directory } from '#tenancy/directory';
import { createRateLimit } from '../admission/rate-limit.ts';
import { createCaching } from '../caching/index.ts';
import { createIdentity } from '../identity/index.ts';
import type { LocalIssuer } from '../identity/local-issuer.ts';
import { remoteKeys } from '../identity/token.ts';
import { type Gateway, type ServeOptions, serve } from './serve.ts';

export type { Gateway } from './serve.ts';

export interface GatewayOptions extends ServeOptions {
  settings: Settings;
  directory: Directory;
  redis: Pick<Redis, 'forTenant'>;
  /** Signs tokens for this machine; needed where JWT_JWKS_URL is not set. */
  issuer?: LocalIssuer;
}

/**
 * @throws TypeError where settings leave nobody to trust tokens of, or where the supergraph breaks the rules of
 *   tenancy; Error of Node where the port is taken
 */
export function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { settings, directory, redis, issuer, metrics = createMetrics() } = options;
  return serve(
    { ...options, metrics },
    {
      identify: createIdentity({ directory, settings, keys: trustedKeys(options) }),
      takeRequest: createRateLimit(redis, settings),
      caching: createCaching({ redis, settings, metrics }),
      sign: createAssertionSigner(createAssertionKeys(settings.POLYGRAPH_SECRETS)),
      jwks: issuer?.jwks,
      checkSupergraph: refuseUnscoped,
    },
  );
}

/** Whoever composed the supergraph, and however long ago: what is not scoped is not served. */
function refuseUnscoped(supergraphSdl: string): void {
  const violations = checkSupergraph(supergraphSdl);
  if (violations.length === 0) return;
  throw new TypeError(`The gateway does not serve this supergraph:\n${violations.map(printViolation).join('\n')}`);
}

function trustedKeys({ settings, issuer }: GatewayOptions) {
  if (settings.JWT_JWKS_URL) return remoteKeys(settings.JWT_JWKS_URL);
  if (!issuer) throw new TypeError('Set JWT_JWKS_URL: without it there is nobody whose tokens can be trusted.');
  if (settings.NODE_ENV === 'production') throw new TypeError('The local issuer signs for anyone; set JWT_JWKS_URL.');
  return issuer.keys;
}
