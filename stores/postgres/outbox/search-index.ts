import { DatabaseError, type Pool } from 'pg';
import { assertMinted, type TenantContext } from '#tenancy/context';
import { type Placement, schemaOf } from '../placement.ts';
import { readRefusal } from '../refusal.ts';
import type { Residence } from '../residence.ts';
import { reaching } from './reaching.ts';
import { tablesIn } from './tables.ts';

/** The full text of documents, which only the relay's role may write: one tenant at a time, by the same policy as requests. */
export interface SearchIndex {
  forTenant(context: TenantContext): TenantSearchIndex;
}

export interface TenantSearchIndex {
  /**
   * Applies what is newer than the index, in one statement. Each id at most once. A document that was
   * removed for good meanwhile is left out where it comes alone; among others it makes the call fail.
   */
  apply(changes: readonly SearchChange[]): Promise<void>;
  /**
   * Makes the index forget which revision it holds of a document, so that the next change replaces it whatever its
   * revision. @returns whether it still held that one
   */
  forget(contentId: string, revision: number): Promise<boolean>;
}

export type SearchChange =
  | {
      readonly contentId: string;
      readonly revision: number;
      readonly title: string;
      readonly summary: string;
      /** Absent: as it was. */
      readonly body?: string | undefined;
      /** Of title, summary and body. Absent: as it was. */
      readonly vector?: { readonly embedder: string; readonly embedding: readonly number[] } | undefined;
    }
  /** Search hides deleted documents by their row in `contents`; the text stays for the day it is restored. */
  | { readonly contentId: string; readonly revision: number; readonly deleted: true };

/** @param poolOf connects as the relay's role to where the tenant's rows are */
export function createSearchIndex(poolOf: (placement: Placement) => Pool, residence: Residence): SearchIndex {
  return {
    forTenant(context) {
      assertMinted(context);
      const send = (text: string, values: readonly unknown[]): Promise<number> =>
        residence.atHome(context, (placement) =>
          reaching(() => inPlace(poolOf(placement), placement, tablesIn(schemaOf(placement), text), values)),
        );
      return {
        forget: async (contentId, revision) => (await send(FORGET, [contentId, revision])) > 0,
        async apply(changes) {
          try {
            await send(APPLY, [JSON.stringify(changes)]);
          } catch (error) {
            if (changes.length === 1 && isForeignKeyViolation(error)) return;
            throw error;
          }
        },
      };
    },
  };
}

/** @returns how many rows it changed */
async function inPlace(pool: Pool, place: Placement, statement: string, values: readonly unknown[]): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const { tenantId, kind, generation = null } = place;
    await client.query('select public.enter_place($1, $2, $3, true)', [tenantId, kind, generation]);
    const { rowCount } = await client.query(statement, [...values]);
    await client.query('commit');
    client.release();
    return rowCount ?? 0;
  } catch (error) {
    // Destroyed rather than rolled back: nobody may get a connection that still knows a tenant.
    client.release(true);
    throw readRefusal(error) ?? error;
  }
}

const isForeignKeyViolation = (error: unknown): boolean => error instanceof DatabaseError && error.code === '23503';

const FORGET = `
with vectors as (update content_vectors set revision = 0 where content_id = $1)
update content_search set revision = 0 where content_id = $1 and revision = $2`;

const APPLY = `
with given as (
  select * from jsonb_to_recordset($1::jsonb)
    as change ("contentId" uuid, revision integer, title text, summary text, body text,
      vector jsonb, deleted boolean)
), tombstones as (
  update content_search held set revision = given.revision, updated_at = now()
  from given
  where given.deleted and held.content_id = given."contentId" and held.revision < given.revision
), vectors as (
  insert into content_vectors as held (content_id, revision, embedder, embedding)
  select "contentId", revision, vector ->> 'embedder', (vector ->> 'embedding')::public.vector from given
  where vector is not null
  on conflict (tenant_id, content_id) do update
  set revision = excluded.revision, embedder = excluded.embedder, embedding = excluded.embedding
  where held.revision < excluded.revision or held.embedder <> excluded.embedder
)
insert into content_search as held (tenant_id, content_id, revision, title, summary, body, updated_at)
select nullif(current_setting('app.tenant', true), '')::uuid, given."contentId", given.revision, given.title,
  given.summary, coalesce(given.body, before.body, ''), now()
from given left join content_search before on before.content_id = given."contentId"
where given.deleted is not true
on conflict (tenant_id, content_id) do update
set revision = excluded.revision, title = excluded.title, summary = excluded.summary, body = excluded.body,
    updated_at = excluded.updated_at
where held.revision < excluded.revision`;
