import { ContentDeleted, ContentSaved, PROJECTION_TARGETS, type ProjectionTarget } from '../outbox.ts';
import type { TenantPostgres } from '../tenant.ts';

/** What the other stores are to hold of one document: everything its events ever said, the newest of each part. */
export interface LoggedContent {
  readonly saved: ContentSaved;
  /** There where the document is deleted: comes after `saved`. */
  readonly deleted: ContentDeleted | undefined;
  /** Projections that have not finished with the document: how they stand. */
  readonly open: Readonly<Partial<Record<ProjectionTarget, 'pending' | 'dead'>>>;
}

/**
 * Documents as PostgreSQL knows them, in the order of their ids; what is not the tenant's is left out. The row says what
 * it holds itself; the body and the lists are in the outbox, which keeps the newest of each for good. Where no event
 * says a body, as in databases older than that rule, the full-text table does.
 */
export async function readLog({ sql }: TenantPostgres, ids: readonly string[]): Promise<LoggedContent[]> {
  const rows = await sql<Row>`
    select c.id::text, c.revision, c.title, c.slug, c.summary,
      case c.status::text when 'SCHEDULED' then 'DRAFT' else c.status::text end as status, c.author_id::text as "authorId", c.tags,
      c.licence, c.source, c.published_at as "publishedAt",
      -- A saga hides a row until every store has it: the event says what the stores are to hold, not the row.
      case when last.revision = c.revision then last.kind = 'content.deleted' else c.deleted_at is not null end as deleted,
      coalesce(
        (select o.payload ->> 'body' from outbox o
         where o.entity_id = c.id and o.payload ? 'body' order by o.position desc limit 1),
        (select s.body from content_search s where s.content_id = c.id and s.body <> '')
      ) as body,
      (select o.payload -> 'topics' from outbox o
       where o.entity_id = c.id and o.payload ? 'topics' order by o.position desc limit 1) as topics,
      (select o.payload -> 'keywords' from outbox o
       where o.entity_id = c.id and o.payload ? 'keywords' order by o.position desc limit 1) as keywords,
      (select o.payload -> 'dependencies' from outbox o
       where o.entity_id = c.id and o.payload ? 'dependencies' order by o.position desc limit 1) as dependencies,
      array(select distinct d.target || ' ' || d.state from outbox_deliveries d
            where d.entity_id = c.id and d.state <> 'done') as open
    from contents c
    left join lateral (
      select o.kind, (o.payload ->> 'revision')::int as revision from outbox o
      where o.entity_id = c.id order by o.position desc limit 1
    ) last on true
    where c.id = any (${ids}::uuid[])
    order by c.id`;
  return rows.map(logged);
}

/** Ids of a tenant's documents in order, deleted ones included: behind `after`, at most `limit`. */
export async function listContents(
  { sql }: TenantPostgres,
  { after = NIL, limit }: { after: string | undefined; limit: number },
): Promise<string[]> {
  const rows = await sql<{ id: string }>`
    select id::text from contents where id > ${after}::uuid order by id limit ${limit}`;
  return rows.map(({ id }) => id);
}

/** Which of these ids the tenant has a row for, deleted ones included. */
export async function knownContents({ sql }: TenantPostgres, ids: readonly string[]): Promise<Set<string>> {
  const rows = await sql<{ id: string }>`select id::text from contents where id = any (${ids}::uuid[])`;
  return new Set(rows.map(({ id }) => id));
}

interface Row {
  readonly id: string;
  readonly revision: number;
  readonly title: string;
  readonly slug: string;
  readonly summary: string | null;
  readonly status: string;
  readonly authorId: string | null;
  readonly tags: string[];
  readonly licence: string | null;
  readonly source: string | null;
  readonly publishedAt: Date | null;
  readonly deleted: boolean;
  readonly body: string | null;
  readonly topics: unknown;
  readonly keywords: unknown;
  readonly dependencies: unknown;
  /** `TARGET state` */
  readonly open: readonly string[];
}

function logged({ id, revision, deleted, open, publishedAt, body, topics, keywords, dependencies, ...facts }: Row) {
  const entity = { entity: 'Content', entityId: id } as const;
  const said = Object.entries({ body, topics, keywords, dependencies }).filter(([, value]) => value !== null);
  const saved = ContentSaved.parse({
    ...{ kind: 'content.saved', ...entity },
    payload: {
      ...{ contentId: id, revision: deleted ? Math.max(1, revision - 1) : revision },
      ...facts,
      publishedAt: publishedAt?.toISOString() ?? null,
      ...Object.fromEntries(said),
    },
  });
  const gone = { kind: 'content.deleted', ...entity, payload: { contentId: id, revision: Math.max(2, revision) } };
  return { saved, deleted: deleted ? ContentDeleted.parse(gone) : undefined, open: openOf(open) };
}

function openOf(open: readonly string[]): LoggedContent['open'] {
  return Object.fromEntries(
    PROJECTION_TARGETS.flatMap((target): [ProjectionTarget, 'pending' | 'dead'][] => {
      if (open.includes(`${target} dead`)) return [[target, 'dead']];
      return open.includes(`${target} pending`) ? [[target, 'pending']] : [];
    }),
  );
}

const NIL = '00000000-0000-0000-0000-000000000000';
