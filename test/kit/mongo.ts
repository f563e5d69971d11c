import { randomBytes, randomUUID } from 'node:crypto';
import type { ExecutionResult } from 'graphql';
import { createLogger } from '#platform/log';
import { type StoreCounts, withTally } from '#platform/tally';
import { type Mongo, openMongo, type TenantMongo } from '#stores/mongo/index';
import { migrateMongo } from '#stores/mongo/migrate';
import { type DocumentMoveOptions, moveDocuments } from '#stores/mongo/move/index';
import { documentKeys } from '#stores/mongo/places/credentials';
import { dropOwnDatabase } from '#stores/mongo/places/own-database';
import { type DocumentReceipt, placesOf, type Where } from '#stores/mongo/places/record';
import type { PlaceTimings } from '#stores/mongo/places/watch';
import type { OutboxEvent } from '#stores/postgres/outbox';
import type { TenantStores } from '#stores/stores';
import { createContentSubgraph } from '#subgraphs/content/index';
import { createAssertionKeys } from '#tenancy/assertion/keys';
import { createAssertionSigner } from '#tenancy/assertion/sign';
import { createAssertionVerifier } from '#tenancy/assertion/verify';
import { dangerouslyMintTenantContext, type Principal, type TenantContext } from '#tenancy/context';
import { type Role, scopesOf } from '#tenancy/roles';
import { TEST_SECRETS } from './secrets.ts';

/** MongoDB for one test file: a database of its own that is gone after `close`. */
export interface TestMongo {
  readonly mongo: Mongo;
  readonly url: string;
  readonly database: string;
  /** A handle for this tenant, or for one that nobody else has. */
  tenant(tenantId?: string): TenantMongo;
  /** Carries a tenant's documents, with short waits. */
  move(tenantId: string, to: Where, options?: Partial<DocumentMoveOptions>): Promise<DocumentReceipt | undefined>;
  close(): Promise<void>;
}

/** Looks more often than in production, and more patient: a machine that does much else takes long for each. */
export const TEST_TIMINGS: PlaceTimings = { everyMs: 100, writeLeaseMs: 1_900, readLeaseMs: 1_000, patienceMs: 20_000 };
/** Beyond the lease of readers: until then they may look where the documents were. */
export const TEST_GRACE_MS = 1_500;
/** Transactions that conflict take long where the machine does much else. */
export const TEST_DRAIN_MS = 60_000;
export const TEST_DOCUMENT_KEYS = documentKeys(TEST_SECRETS);

export const testLog = createLogger({ level: 'silent' });

export async function openTestMongo({ timeoutMs = 5_000 } = {}): Promise<TestMongo> {
  const url = process.env.MONGODB_URL;
  if (!url) throw new Error('MONGODB_URL is not set; tests of stores run in the vitest project `stores`.');
  const database = `test_${randomBytes(6).toString('hex')}`;
  await migrateMongo({ url, database, log: testLog });
  const places = { url, database, keys: TEST_DOCUMENT_KEYS, timings: TEST_TIMINGS };
  const mongo = openMongo({ ...places, timeoutMs, log: testLog });
  return {
    mongo,
    url,
    database,
    move: (tenantId, to, options) =>
      moveDocuments({ ...places, tenantId, to, graceMs: TEST_GRACE_MS, drainMs: TEST_DRAIN_MS, ...options }),
    tenant: (tenantId = randomUUID()) => mongo.forTenant(mintTestContext({ tenantId })),
    async close() {
      const db = mongo.dangerouslyAsSystem('the tests are over');
      const places = await placesOf(db).find().toArray();
      for (const { _id } of places) await dropOwnDatabase(db.client, _id);
      await db.dropDatabase();
      await mongo.close();
    },
  };
}

export interface Who {
  tenantId: string;
  role?: Role;
  principal?: Principal;
}

export function mintTestContext({ tenantId, role = 'OWNER', principal }: Who): TenantContext {
  return dangerouslyMintTenantContext({
    tenantId,
    tier: 'STANDARD',
    principal: principal ?? { kind: 'user', id: randomUUID() },
    roles: [role],
    scopes: scopesOf([role]),
  });
}

export interface ContentAnswer {
  /** Empty where the whole request was refused. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly errors: ExecutionResult['errors'];
  readonly counts: StoreCounts;
}

/** The content subgraph as the gateway calls it: signed, in one process, its commands counted. */
export function createContentCaller(mongo: Mongo, now: () => Date = () => new Date()) {
  const keys = createAssertionKeys(['a secret of the tests, long enough']);
  const sign = createAssertionSigner(keys);
  const verify = createAssertionVerifier(keys, 'content');
  const host = createContentSubgraph({ verify, openStores: (tenant) => mongoOnly(mongo, tenant), log: testLog, now });
  return async (who: Who, query: string, variables: Record<string, unknown> = {}): Promise<ContentAnswer> => {
    const body = JSON.stringify({ query, variables });
    const assertion = sign(mintTestContext(who), 'content', body);
    const { result, counts } = await withTally(() => host.execute(body, assertion, 'test'));
    const { data, errors } = JSON.parse(JSON.stringify(result)) as ExecutionResult<Record<string, unknown>>;
    return { data: data ?? {}, errors, counts };
  };
}

/** What PostgreSQL's outbox says when a document was saved. */
export function contentSaved(contentId: string, revision: number, body?: string, title = 'A title'): OutboxEvent {
  const facts = { slug: 'a-title', summary: null, status: 'PUBLISHED', authorId: null, licence: null, source: null };
  return {
    kind: 'content.saved',
    entity: 'Content',
    entityId: contentId,
    payload: {
      ...facts,
      status: 'PUBLISHED',
      contentId,
      revision,
      title,
      tags: [],
      publishedAt: null,
      ...(body === undefined ? {} : { body }),
    },
  };
}

export function contentDeleted(contentId: string, revision: number): OutboxEvent {
  return { kind: 'content.deleted', entity: 'Content', entityId: contentId, payload: { contentId, revision } };
}

function mongoOnly(mongo: Mongo, tenant: TenantContext): TenantStores {
  const absent = (): never => {
    throw new Error('The content subgraph reaches MongoDB only.');
  };
  return {
    mongo: mongo.forTenant(tenant),
    get postgres() {
      return absent();
    },
    get neo4j() {
      return absent();
    },
    get redis() {
      return absent();
    },
  };
}
