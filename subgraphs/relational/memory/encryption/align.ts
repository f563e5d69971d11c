import type { Embedder } from '#platform/embedder';
import { fragment, joinFragments, type TenantPostgres, type TenantTransaction } from '#stores/postgres/index';
import { findableOf, inClear } from '../memories/content.ts';
import { insertVectors, textToEmbed } from '../offloaded/keep.ts';
import { readPiece } from '../offloaded/restore.ts';
import { hashPlace, piecePlace } from '../offloaded/rows.ts';
import { AMISS, NEWEST_KEY, ROWS_OF, type Within } from './amiss.ts';
import { contentPlace } from './memory-cipher.ts';
import type { PlaceInTenant, Vault } from './vault.ts';

export interface AlignOptions {
  readonly tenantId: string;
  readonly postgres: TenantPostgres;
  readonly vault: Vault;
  readonly embedder: Embedder;
  readonly where: Within;
}

/**
 * Brings a bounded number of rows in line with what their contexts say. Values are made before the transaction that
 * writes them, which is short; a row that was changed meanwhile is left for the next time.
 */
export async function alignSome(options: AlignOptions): Promise<void> {
  await dropVectors(options);
  await alignMemories(options);
  await alignHashes(options);
  await alignPieces(options);
}

interface Clear<Value> {
  /** What the context wants: encrypted or not. */
  readonly encrypted: boolean;
  readonly plain: Value | null;
  readonly cipher: Uint8Array | null;
}

async function alignMemories({ postgres, vault, embedder, where }: AlignOptions): Promise<void> {
  const rows = await postgres.sql<Clear<object> & { id: string; revision: number; searchable: string[] }>`
    SELECT m.id, m.revision, m.content AS plain, m.content_cipher AS cipher, e.encryption_enabled AS encrypted,
      e.searchable_when_encrypted AS searchable
    FROM ${ROWS_OF.memories}, ${NEWEST_KEY} WHERE ${where} AND ${AMISS.memories} LIMIT ${MEMORIES_AT_ONCE}`;
  const changed = await Promise.all(
    rows.map(async ({ id, revision, searchable, ...row }) => {
      const bytes = await openOrTake(vault, contentPlace(id), {
        ...row,
        plain: row.plain && Buffer.from(JSON.stringify(row.plain)),
      });
      const found = await findableOf(JSON.parse(bytes.toString('utf8')) as object, embedder);
      const shown = inClear(found, { encryptionEnabled: row.encrypted, searchableWhenEncrypted: searchable });
      const cipher = row.encrypted ? await vault.seal(contentPlace(id), bytes) : null;
      return fragment`(${id}::uuid, ${revision}::int, ${row.encrypted ? null : bytes.toString('utf8')}::jsonb, ${cipher}::bytea,
        ${shown.words}, ${shown.embedder}, ${shown.embedding}::public.vector)`;
    }),
  );
  await write(postgres, changed, (tx, values) =>
    tx.$queryRaw(fragment`
    UPDATE memories AS m SET content = new.content, content_cipher = new.cipher, words = new.words,
      embedder = new.embedder, embedding = new.embedding
    FROM (VALUES ${values}) AS new (id, revision, content, cipher, words, embedder, embedding)
    WHERE m.id = new.id AND m.revision = new.revision`),
  );
}

/** What may be found again gets its vector back. */
async function alignHashes({ tenantId, postgres, vault, embedder, where }: AlignOptions): Promise<void> {
  const rows = await postgres.sql<Clear<Uint8Array> & { id: string; title: string }>`
    SELECT o.id, o.title, o.text_hash AS plain, o.text_hash_cipher AS cipher, e.encryption_enabled AS encrypted
    FROM ${ROWS_OF.hashes}, ${NEWEST_KEY} WHERE ${where} AND ${AMISS.hashes} LIMIT ${HASHES_AT_ONCE}`;
  const changed = await Promise.all(
    rows.map((row) => realigned(vault, hashPlace(row.id), row, fragment`${row.id}::uuid`)),
  );
  const shown = rows.filter(({ encrypted }) => !encrypted);
  const heads = await Promise.all(shown.map(({ id }) => readPiece(postgres, vault, id, 0)));
  const vectors = await embedder.embed(
    shown.map(({ title }, at) => textToEmbed({ title, text: heads[at] ?? Buffer.alloc(0) })),
  );
  await write(postgres, changed, async (tx, values) => {
    await insertVectors(
      tx,
      tenantId,
      embedder.name,
      shown.map(({ id }, at) => ({ id, vector: vectors[at] ?? [] })),
    );
    await tx.$queryRaw(fragment`
      UPDATE offloaded_contexts AS o SET text_hash = new.plain, text_hash_cipher = new.cipher
      FROM (VALUES ${values}) AS new (id, plain, cipher) WHERE o.id = new.id`);
  });
}

/** As they are compressed: only encryption changes. */
async function alignPieces({ postgres, vault, where }: AlignOptions): Promise<void> {
  const rows = await postgres.sql<Clear<Uint8Array> & { id: string; number: number }>`
    SELECT p.offloaded_id AS id, p.number, p.compressed AS plain, p.compressed_cipher AS cipher,
      e.encryption_enabled AS encrypted
    FROM ${ROWS_OF.pieces}, ${NEWEST_KEY} WHERE ${where} AND ${AMISS.pieces} LIMIT ${PIECES_AT_ONCE}`;
  const changed = await Promise.all(
    rows.map((row) =>
      realigned(vault, piecePlace(row.id, row.number), row, fragment`${row.id}::uuid, ${row.number}::int`),
    ),
  );
  await write(postgres, changed, (tx, values) =>
    tx.$queryRaw(fragment`
    UPDATE offloaded_pieces AS p SET compressed = new.plain, compressed_cipher = new.cipher
    FROM (VALUES ${values}) AS new (id, number, plain, cipher) WHERE p.offloaded_id = new.id AND p.number = new.number`),
  );
}

function dropVectors({ postgres, where }: AlignOptions): Promise<unknown> {
  return postgres.transaction((tx) =>
    tx.$queryRaw(fragment`
    DELETE FROM offloaded_vectors WHERE offloaded_id IN (
      SELECT v.offloaded_id FROM ${ROWS_OF.vectors} WHERE ${where} AND ${AMISS.vectors} LIMIT ${VECTORS_AT_ONCE})`),
  );
}

type Fragment = ReturnType<typeof fragment>;

/** @param key of the row, before its two values */
async function realigned(vault: Vault, place: PlaceInTenant, row: Clear<Uint8Array>, key: Fragment): Promise<Fragment> {
  const bytes = await openOrTake(vault, place, row);
  const cipher = row.encrypted ? await vault.seal(place, bytes) : null;
  return fragment`(${key}, ${row.encrypted ? null : bytes}::bytea, ${cipher}::bytea)`;
}

async function openOrTake(vault: Vault, place: PlaceInTenant, { plain, cipher }: Clear<Uint8Array>): Promise<Buffer> {
  return cipher ? vault.open(place, cipher) : Buffer.from(plain ?? []);
}

async function write(
  postgres: TenantPostgres,
  values: readonly Fragment[],
  update: (tx: TenantTransaction, values: Fragment) => Promise<unknown>,
): Promise<void> {
  if (values.length === 0) return;
  await postgres.transaction((tx) => update(tx, joinFragments(values)), { action: 'memory.align', timeoutMs: 30_000 });
}

/** At most 65,536 bytes each. */
const MEMORIES_AT_ONCE = 50;
const HASHES_AT_ONCE = 50;
/** At most one megabyte each. */
const PIECES_AT_ONCE = 8;
const VECTORS_AT_ONCE = 1_000;
