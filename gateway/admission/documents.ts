import { LRUCache } from 'lru-cache';
import { PolygraphError } from '#platform/errors';
import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import { documentHash, type TrustedDocuments } from '#schema/trusted-documents';
import type { Redis, TenantRedis } from '#stores/redis/index';
import type { TenantContext } from '#tenancy/context';

/**
 * Finds the text of what a client names by its hash, and keeps out what the
 * manifest does not hold, where it should be enforced.
 * @throws PolygraphError PERSISTED_QUERY_NOT_FOUND, DOCUMENT_NOT_TRUSTED, BAD_USER_INPUT
 */
export type ResolveDocument = (body: unknown, tenant: TenantContext) => Promise<Resolved>;

export interface Resolved {
  /** With `query` and without the hash. */
  readonly body: unknown;
  /** Keeps a text that came with its hash for the tenant. Call it when the text is found to be within all limits. */
  remember(): void;
}

export interface DocumentsOptions {
  settings: Pick<Settings, 'TRUSTED_DOCUMENTS' | 'PERSISTED_QUERY_SECONDS'>;
  trusted: TrustedDocuments;
  redis: Pick<Redis, 'forTenant'>;
  log: Logger;
}

/**
 * Persisted queries save bandwidth and nothing else: whoever may send a text may
 * register it. So they are each tenant's own, in Redis under its key and in
 * memory, and the hash is computed anew whenever a text comes in or comes back:
 * what one tenant registers is never another's, and a text is never under a
 * hash that is not its own. What only trusted documents give is the manifest.
 */
export function createDocuments({ settings, trusted, redis, log }: DocumentsOptions): ResolveDocument {
  const mode = settings.TRUSTED_DOCUMENTS;
  const memory = new LRUCache<string, string>({ maxSize: 8_000_000, sizeCalculation: ({ length }) => length + 1 });
  const logged = new LRUCache<string, true>({ max: 1_000 });
  const nameOf = ({ tenantId }: TenantContext, hash: string): string => `${tenantId}/${hash}`;

  const recall = async (tenant: TenantContext, hash: string): Promise<string | undefined> => {
    const known = memory.get(nameOf(tenant, hash));
    if (known !== undefined) return known;
    const stored = await redis
      .forTenant(tenant)
      .get(keyOf(hash))
      .catch(() => undefined);
    if (typeof stored !== 'string' || documentHash(stored) !== hash) return undefined;
    memory.set(nameOf(tenant, hash), stored);
    return stored;
  };

  const remember = (tenant: TenantContext, hash: string, text: string): void => {
    if (memory.has(nameOf(tenant, hash))) return;
    memory.set(nameOf(tenant, hash), text);
    // Where Redis is away, or too much is registered, the next process is sent the text again.
    void store(redis.forTenant(tenant), hash, text, settings.PERSISTED_QUERY_SECONDS).catch(() => undefined);
  };

  const admit = (text: string, tenant: TenantContext): void => {
    if (mode === 'off') return;
    const hash = documentHash(text);
    if (trusted.has(hash)) return;
    if (mode === 'enforce') throw untrusted();
    if (logged.has(hash)) return;
    logged.set(hash, true);
    log.warn({ tenant: tenant.tenantId, document: hash }, 'an operation is not in the manifest');
  };

  const byText = (
    query: string,
    hash: string | undefined,
    rest: Body,
    body: unknown,
    tenant: TenantContext,
  ): Resolved => {
    if (hash !== undefined && documentHash(query) !== hash) throw wrongHash();
    admit(query, tenant);
    if (hash === undefined) return { body, remember: () => {} };
    return { body: { ...rest, query }, remember: () => remember(tenant, hash, query) };
  };

  const byHash = async (hash: string, rest: Body, tenant: TenantContext): Promise<Resolved> => {
    if (mode === 'enforce' && !trusted.has(hash)) throw untrusted();
    const text = trusted.get(hash) ?? (await recall(tenant, hash));
    if (text === undefined) throw notFound();
    admit(text, tenant);
    return { body: { ...rest, query: text }, remember: () => {} };
  };

  return async (body, tenant) => {
    const { query, ...given } = asRecord(body);
    const { hash, rest } = hashIn(given);
    if (typeof query === 'string' && query.trim() !== '') return byText(query, hash, rest, body, tenant);
    return hash === undefined ? { body, remember: () => {} } : byHash(hash, rest, tenant);
  };
}

/**
 * By what a request names its operation, for whoever counts: the same for a text and for its hash.
 * @returns '' for a body that names none
 */
export function documentIdOf(body: unknown): string {
  const { query, ...given } = asRecord(body);
  if (typeof query === 'string') return documentHash(query);
  const { persistedQuery } = asRecord(given.extensions);
  const hash = asRecord(persistedQuery).sha256Hash ?? given.documentId;
  return typeof hash === 'string' ? hash.replace(PREFIX, '').toLowerCase().slice(0, 64) : '';
}

type Body = Readonly<Record<string, unknown>>;

/** `extensions.persistedQuery` of Apollo's clients, or `documentId` of GraphQL over HTTP. */
function hashIn(given: Body): { hash: string | undefined; rest: Body } {
  const { documentId, ...rest } = given;
  if (documentId !== undefined) return { hash: asHash(documentId), rest };
  const { persistedQuery, ...extensions } = asRecord(given.extensions);
  if (persistedQuery === undefined) return { hash: undefined, rest: given };
  const { version, sha256Hash } = asRecord(persistedQuery);
  if (version !== 1) throw new PolygraphError('BAD_USER_INPUT', '`persistedQuery.version` is 1.');
  const { extensions: _all, ...others } = rest;
  return { hash: asHash(sha256Hash), rest: Object.keys(extensions).length > 0 ? { ...others, extensions } : others };
}

function asHash(given: unknown): string {
  const hash = typeof given === 'string' ? given.replace(PREFIX, '') : '';
  if (/^[0-9a-f]{64}$/.test(hash)) return hash;
  throw new PolygraphError('BAD_USER_INPUT', 'A document is named by its SHA-256, 64 lower-case hexadecimal digits.');
}

/** So many new texts a tenant may have kept in a minute. */
const REGISTRATIONS = { points: 120, seconds: 60 };

async function store(redis: TenantRedis, hash: string, text: string, seconds: number): Promise<void> {
  const take = { key: { area: 'rate', parts: ['documents'] }, limit: REGISTRATIONS, points: 1 };
  const [verdict] = await redis.consume([take]);
  if (verdict?.allowed) await redis.set(keyOf(hash), text, seconds);
}

const keyOf = (hash: string) => ({ area: 'document', parts: [hash] });
const asRecord = (value: unknown): Body => (typeof value === 'object' && value !== null ? (value as Body) : {});
const PREFIX = /^sha256:/;

/** The words that Apollo's clients wait for, before they send the text along. */
const notFound = () => new PolygraphError('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
const untrusted = () =>
  new PolygraphError('DOCUMENT_NOT_TRUSTED', 'This gateway serves only operations that its manifest holds.');
const wrongHash = () => new PolygraphError('BAD_USER_INPUT', 'The hash is not that of the query beside it.');
