import { createHash } from 'node:crypto';
import { type Documents, eq, oneOf, type TenantMongo } from '#stores/mongo/index';
import { keepVersion } from '#stores/mongo/versions';
import type { OutboxEvent } from '#stores/postgres/outbox';
import { countWords, excerptOf } from './plain-text.ts';
import type { Projection } from './projection.ts';

/** Keeps bodies and their versions in MongoDB. */
export function createDocumentsProjection({ batchSize = 20 }: { batchSize?: number } = {}): Projection {
  return {
    target: 'DOCUMENTS',
    batchSize,
    project: ({ stores }, events) => projectDocuments(stores.mongo, events),
  };
}

export function projectDocument(mongo: TenantMongo, event: OutboxEvent): Promise<void> {
  return projectDocuments(mongo, [event]);
}

/**
 * Applies events in any order and any number of times; the newest revision wins,
 * for the metadata and for the body apart (an event without a body may overtake
 * the one that brought it). A new version is made where the body differs from
 * the one before it. One transaction: a crash leaves all of it or nothing.
 */
export async function projectDocuments(mongo: TenantMongo, events: readonly OutboxEvent[]): Promise<void> {
  if (events.length === 0) return;
  await mongo.transaction(async (tx) => {
    const ids = [...new Set(events.map(({ payload }) => payload.contentId))];
    const documents = tx.collection('content_documents');
    const found = await documents.find({ contentId: oneOf(ids) }, { fields: STATE, limit: ids.length });
    const changes = new Map(
      ids.map((id) => [
        id,
        startOf(
          id,
          found.find(({ contentId }) => contentId === id),
        ),
      ]),
    );
    const now = new Date();
    await recallVersions(tx, [...changes.values()]);
    for (const event of events) {
      const change = changes.get(event.payload.contentId);
      if (change) apply(change, event, now);
    }
    const changed = [...changes.values()].filter(({ dirty }) => dirty);
    await tx.collection('content_versions').insertMany(changed.flatMap(({ versions }) => versions));
    await keepPublished(tx, changed);
    // A store does less for a document that is said to be new than for one that it has to look for first.
    await documents.insertMany(changed.filter(({ isNew }) => isNew).map((change) => rowOf(change, now)));
    await documents.upsertMany(
      changed
        .filter(({ isNew }) => !isNew)
        .map((change) => ({ key: { contentId: change.contentId }, update: updateOf(change, now) })),
    );
  });
}

type DocumentRow = Documents['content_documents'];
type VersionRow = Documents['content_versions'];
type BodyFields = Pick<DocumentRow, 'body' | 'bodyHash' | 'wordCount' | 'excerptText'>;

const STATE = ['contentId', 'revision', 'bodyRevision', 'bodyHash', 'versionCount', 'title', 'deletedAt'] as const;

/** What is stored, and what the events make of it. */
interface Change
  extends Pick<DocumentRow, 'contentId' | 'revision' | 'bodyRevision' | 'bodyHash' | 'versionCount' | 'title'> {
  /** SHA-256 of the newest version's body. */
  versionHash: string;
  deletedAt: Date | undefined;
  body: BodyFields | undefined;
  versions: VersionRow[];
  /** The version that is published now, where it was made before. */
  published: number | undefined;
  /** Nothing was stored. */
  readonly isNew: boolean;
  dirty: boolean;
}
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function startOf(contentId: string, stored: Pick<DocumentRow, (typeof STATE)[number]> | undefined): Mutable<Change> {
  const state = stored ?? { revision: 0, bodyRevision: 0, bodyHash: '', versionCount: 0, title: '' };
  const versionHash = state.bodyHash;
  return {
    ...state,
    contentId,
    versionHash,
    deletedAt: stored?.deletedAt,
    body: undefined,
    versions: [],
    published: undefined,
    isNew: stored === undefined,
    dirty: false,
  };
}

/** A document that was lost, or is being mended, may still have its versions: they are counted on, not begun again. */
async function recallVersions(tx: TenantMongo, changes: readonly Mutable<Change>[]): Promise<void> {
  const bare = changes.filter(({ bodyHash }) => bodyHash === '');
  if (bare.length === 0) return;
  const versions = tx.collection('content_versions');
  const contentId = oneOf(bare.map((change) => change.contentId));
  // New documents have none, and most documents that come without a hash are new: one question for all of them.
  if ((await versions.find({ contentId }, { fields: ['number'], limit: 1 })).length === 0) return;
  for (const change of bare) {
    const [newest] = await versions.find(
      { contentId: eq(change.contentId) },
      { fields: ['number', 'sha256'], sort: [['number', -1]], limit: 1 },
    );
    change.versionCount = newest?.number ?? 0;
    change.versionHash = newest?.sha256 ?? '';
  }
}

function apply(change: Mutable<Change>, event: OutboxEvent, now: Date): void {
  const { revision } = event.payload;
  if (event.kind === 'content.saved') applyBody(change, event.payload, now);
  if (revision <= change.revision) return;
  change.dirty = true;
  change.revision = revision;
  if (event.kind === 'content.saved') {
    change.title = event.payload.title;
    change.deletedAt = undefined;
    if (event.payload.status === 'PUBLISHED') publishNewest(change);
  } else {
    change.deletedAt = now;
  }
}

function applyBody(
  change: Mutable<Change>,
  { revision, title, body }: { revision: number; title: string; body?: string | undefined },
  now: Date,
): void {
  if (body === undefined || revision <= change.bodyRevision) return;
  change.dirty = true;
  change.bodyRevision = revision;
  const sha256 = createHash('sha256').update(body, 'utf8').digest('hex');
  if (sha256 === change.bodyHash) return;
  const wordCount = countWords(body);
  change.bodyHash = sha256;
  change.body = { body, bodyHash: sha256, wordCount, excerptText: excerptOf(body) };
  if (sha256 === change.versionHash) return;
  change.versionHash = sha256;
  change.versionCount += 1;
  const { contentId, versionCount: number } = change;
  const times = { createdAt: now, draftSince: now };
  change.versions.push({ contentId, number, title, body, sha256, wordCount, ...times });
}

/** What was published is kept, whatever becomes of it later. */
function publishNewest(change: Mutable<Change>): void {
  const made = change.versions.pop();
  if (made) {
    const { draftSince: _, ...kept } = made;
    change.versions.push(kept);
  } else if (change.versionCount > 0) {
    change.published = change.versionCount;
  }
}

async function keepPublished(tx: TenantMongo, changes: readonly Change[]): Promise<void> {
  for (const { contentId, published } of changes) {
    if (published !== undefined) await keepVersion(tx, contentId, published);
  }
}

function rowOf(change: Change, updatedAt: Date): DocumentRow {
  return { contentId: change.contentId, ...NO_BODY, ...fieldsOf(change, updatedAt) };
}

function updateOf(change: Change, updatedAt: Date) {
  return {
    set: fieldsOf(change, updatedAt),
    unset: change.deletedAt ? [] : (['deletedAt'] as const),
    setOnInsert: change.body ? {} : NO_BODY,
  };
}

function fieldsOf(
  { revision, bodyRevision, title, versionCount, deletedAt, body }: Change,
  updatedAt: Date,
): Omit<DocumentRow, 'contentId' | keyof BodyFields> & Partial<BodyFields> {
  const fields = { revision, bodyRevision, title, versionCount, updatedAt, ...body };
  return deletedAt ? { ...fields, deletedAt } : fields;
}

const NO_BODY: BodyFields = { body: '', bodyHash: '', wordCount: 0, excerptText: '' };
