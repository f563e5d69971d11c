import type { IncomingHttpHeaders } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { Settings } from '#platform/settings';
import { dangerouslyMintTenantContext, type TenantContext } from '#tenancy/context';
import type { Directory, TenantRecord } from '#tenancy/directory';
import { agreedWith, type Environment } from '#tenancy/policy';
import { scopesOf } from '#tenancy/roles';
import type { Sessions } from './accounts/sessions.ts';
import { verifyApiKey } from './api-key.ts';
import { createCachedDirectory } from './cached-directory.ts';
import { createTokenVerifier } from './known-tokens.ts';
import { refused } from './refusals.ts';
import type { TokenRules, VerifiedToken } from './token.ts';

/**
 * Reads `authorization` and `x-api-key`, and for a session what device sends it.
 * Whatever else claims to name a tenant or a user (`x-tenant-id`,
 * `polygraph-assertion`) has no effect.
 * @throws PolygraphError UNAUTHENTICATED, TOKEN_*, TENANT_*, IDENTITY_UNAVAILABLE, STORE_UNAVAILABLE
 */
export type Identify = (headers: IncomingHttpHeaders) => Promise<TenantContext>;

export interface IdentityOptions {
  directory: Directory;
  settings: Pick<Settings, 'JWT_ISSUER' | 'JWT_AUDIENCE' | 'JWT_TENANT_CLAIM' | 'IDENTITY_CACHE_SECONDS' | 'NODE_ENV'>;
  /** Of the local issuer or `remoteKeys(JWT_JWKS_URL)`. */
  keys: TokenRules['keys'];
  /** Of people who signed in with a password; where absent their tokens are refused. */
  sessions?: Pick<Sessions, 'verify'> | undefined;
  /** Told of each use of a key, at most once a minute. */
  onKeyUse?: ((tenantId: string, keyId: string) => void) | undefined;
  now?: () => number;
}

/** The one place at which a stranger becomes a TenantContext. */
export function createIdentity(options: IdentityOptions): Identify {
  const { directory, settings, keys, sessions, onKeyUse, now = Date.now } = options;
  const known = createCachedDirectory({ directory, freshSeconds: settings.IDENTITY_CACHE_SECONDS, now });
  const rules: TokenRules = {
    issuer: settings.JWT_ISSUER,
    audience: settings.JWT_AUDIENCE,
    tenantClaim: settings.JWT_TENANT_CLAIM,
    keys,
  };
  const verify = createTokenVerifier({ rules, freshSeconds: settings.IDENTITY_CACHE_SECONDS, now });
  const noted = new LRUCache<string, true>({ max: 10_000, ttl: 60_000 });

  return async (headers) => {
    const { authorization, 'x-api-key': apiKey } = headers;
    if (authorization !== undefined && apiKey !== undefined) {
      throw refused('TOKEN_INVALID', 'Send either a token or an API key, not both.');
    }
    if (typeof apiKey === 'string') {
      const context = await byApiKey(apiKey, known, now(), settings.NODE_ENV);
      if (!noted.has(context.principal.id)) onKeyUse?.(context.tenantId, context.principal.id);
      noted.set(context.principal.id, true, { noUpdateTTL: true });
      return context;
    }
    if (authorization !== undefined) {
      const token = bearer(authorization);
      const who = sessions && token.startsWith('ps_') ? sessions.verify(token, headers) : verify(token);
      return byToken(await who, known, settings.NODE_ENV);
    }
    throw refused('UNAUTHENTICATED', 'This request carries no credentials.');
  };
}

async function byToken(
  { userId, tenantId }: Pick<VerifiedToken, 'userId' | 'tenantId'>,
  directory: Directory,
  environment: Environment,
): Promise<TenantContext> {
  const [tenant, membership] = await Promise.all([directory.tenant(tenantId), directory.membership(tenantId, userId)]);
  // A stranger learns the same of a tenant that exists as of one that does not, suspended or not.
  if (!tenant || !membership) throw unknownTenant();
  const roles = [membership.role];
  return dangerouslyMintTenantContext({
    ...factsOf(tenant, environment),
    principal: { kind: 'user', id: userId },
    roles,
    scopes: membership.scopes ? [...membership.scopes].sort() : scopesOf(roles),
  });
}

async function byApiKey(
  key: string,
  directory: Directory,
  now: number,
  environment: Environment,
): Promise<TenantContext> {
  const { id, tenantId, scopes } = await verifyApiKey(key, directory, now);
  const tenant = await directory.tenant(tenantId);
  if (!tenant) throw unknownTenant();
  return dangerouslyMintTenantContext({
    ...factsOf(tenant, environment),
    principal: { kind: 'apiKey', id },
    roles: [],
    scopes,
  });
}

function factsOf(
  { id, status, tier, overrides }: TenantRecord,
  environment: Environment,
): Pick<TenantContext, 'tenantId' | 'tier' | 'agreed'> {
  if (status === 'CLOSED') throw unknownTenant();
  if (status === 'SUSPENDED') throw refused('TENANT_SUSPENDED', 'This tenant is suspended.');
  const agreed = overrides && agreedWith(overrides, environment);
  return { tenantId: id, tier, ...(agreed ? { agreed } : {}) };
}

function bearer(authorization: string): string {
  const token = /^Bearer +([^\s,]+)$/i.exec(authorization)?.[1];
  if (!token) throw refused('TOKEN_INVALID', 'The authorization header is not of the form `Bearer <token>`.');
  return token;
}

const unknownTenant = () => refused('TENANT_UNKNOWN', 'The credentials are for a tenant that is not known.');
