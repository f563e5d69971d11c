import { createHash } from 'node:crypto';
import { PolygraphError } from '#platform/errors';
import { isForeignKeyViolation } from '#stores/postgres/errors';
import { fragment, type TenantPostgres, type TenantTransaction } from '#stores/postgres/index';
import { notFound, uuidOf } from '../changes.ts';
import { checkWhole, type OffloadFacts } from './input.ts';
import {
  type ClearRule,
  insertVectors,
  isSameRule,
  keepHash,
  keepPiece,
  mayEmbed,
  overtaken,
  textToEmbed,
} from './keep.ts';
import { readPiece, readPieces } from './restore.ts';
import { isComplete, OFFLOADED_COLUMNS, OFFLOADED_FIELDS, type OffloadedRow, sha256Of } from './rows.ts';
import type { OffloadDesk } from './write.ts';

/**
 * A text that comes in pieces, over as many requests and to whichever processes
 * there are: the row says how far it has come. Each step can be sent again.
 */
export function beginOffload({ tenantId, postgres }: OffloadDesk, facts: OffloadFacts): Promise<OffloadedRow> {
  const { contextId, key } = facts;
  const begun = postgres.transaction(
    async (tx) => {
      await tx.offloadedContext.createMany({ data: { tenantId, ...facts }, skipDuplicates: true });
      return tx.offloadedContext.findFirstOrThrow({ where: { contextId, key }, select: OFFLOADED_FIELDS });
    },
    { action: 'memory.offload' },
  );
  return begun.catch((error: unknown) => {
    throw isForeignKeyViolation(error) ? notFound('execution context') : error;
  });
}

/** @throws PolygraphError CONFLICT for another piece than the next, unless it is one that has come, and the same */
export async function appendPiece(
  desk: OffloadDesk,
  givenId: string,
  number: number,
  text: Buffer,
): Promise<OffloadedRow> {
  const { tenantId, postgres, vault, limit } = desk;
  const id = uuidOf(givenId, 'offloaded context');
  const found = await find(postgres, id);
  if (number < found.pieces) {
    if ((await readPiece(postgres, vault, id, number))?.equals(text)) return found;
    throw new PolygraphError('CONFLICT', `The piece ${number} has come, and was another.`);
  }
  if (isComplete(found)) throw new PolygraphError('CONFLICT', 'The text is complete; offload another.');
  if (number > found.pieces) {
    throw new PolygraphError('CONFLICT', `The next piece has the number ${found.pieces}.`, {
      facts: { next: found.pieces },
    });
  }
  const originalBytes = Number(found.originalBytes) + text.length;
  checkWhole(originalBytes, limit);
  // Made before the transaction: compressing takes time, and the key is read over a connection of its own.
  const { piece, bytes } = await keepPiece(id, number, text, found, vault);
  const compressedBytes = Number(found.compressedBytes) + bytes;
  return change(postgres, found, async (tx) => {
    await tx.offloadedPiece.create({ data: { tenantId, ...piece }, select: { number: true } });
    return { pieces: number + 1, originalBytes, compressedBytes };
  });
}

/** Reads the pieces back, so that what is complete is what can be restored. */
export async function completeOffload(
  desk: OffloadDesk,
  givenId: string,
  sha256: string | undefined,
): Promise<OffloadedRow> {
  const { tenantId, postgres, vault, embedder } = desk;
  const id = uuidOf(givenId, 'offloaded context');
  const found = await find(postgres, id);
  if (isComplete(found)) {
    checkSum(await sha256Of(found, vault), sha256);
    return found;
  }
  if (found.pieces === 0) throw new PolygraphError('BAD_USER_INPUT', 'No piece has come yet.');
  const { hash, head } = await digest(readPieces(postgres, vault, found));
  checkSum(hash.toString('hex'), sha256);
  const vectors = mayEmbed(found) ? await embedder.embed([textToEmbed({ title: found.title, text: head })]) : [];
  const kept = await keepHash(id, hash, found, vault);
  return change(postgres, found, async (tx) => {
    await insertVectors(tx, tenantId, embedder.name, [{ id, vector: vectors[0] ?? [] }]);
    return kept;
  });
}

export async function deleteOffloaded({ postgres }: OffloadDesk, givenId: string): Promise<OffloadedRow> {
  const id = uuidOf(givenId, 'offloaded context');
  const [row] = await postgres.transaction(
    (tx) =>
      tx.$queryRaw<OffloadedRow[]>(fragment`
      DELETE FROM offloaded_contexts AS o WHERE o.id = ${id}::uuid RETURNING ${OFFLOADED_COLUMNS}`),
    { action: 'memory.delete_offloaded' },
  );
  return row ?? Promise.reject(notFound('offloaded context'));
}

type Found = OffloadedRow & ClearRule;

async function find({ sql }: TenantPostgres, id: string): Promise<Found> {
  const [row] = await sql<Found>`${ROW_AND_RULE} WHERE o.id = ${id}::uuid`;
  return row ?? Promise.reject(notFound('offloaded context'));
}

interface Change {
  readonly pieces?: number;
  readonly originalBytes?: number;
  readonly compressedBytes?: number;
  readonly textHash?: Uint8Array<ArrayBuffer> | null;
  readonly textHashCipher?: Uint8Array<ArrayBuffer> | null;
}

/**
 * Writes what was made for the row as it was found. Two requests for the same text take turns, and the context
 * cannot be switched to encryption meanwhile.
 * @throws PolygraphError CONFLICT where it is not as it was
 */
function change(
  postgres: TenantPostgres,
  found: Found,
  work: (tx: TenantTransaction) => Promise<Change>,
): Promise<OffloadedRow> {
  return postgres.transaction(
    async (tx) => {
      const [now] = await tx.$queryRaw<Found[]>(fragment`
        ${ROW_AND_RULE} WHERE o.id = ${found.id}::uuid FOR UPDATE OF o FOR SHARE OF e`);
      if (!now) throw notFound('offloaded context');
      if (now.pieces !== found.pieces || isComplete(now) !== isComplete(found) || !isSameRule(now, found))
        throw overtaken();
      const data = { ...(await work(tx)), updatedAt: new Date() };
      const [row] = await tx.offloadedContext.updateManyAndReturn({
        ...{ where: { id: found.id }, data },
        select: OFFLOADED_FIELDS,
      });
      return row ?? Promise.reject(notFound('offloaded context'));
    },
    { action: 'memory.offload' },
  );
}

/** Over the whole text, of which a piece at a time is in memory; the head is what the embedder reads. */
async function digest(pieces: AsyncIterable<Buffer>): Promise<{ hash: Buffer; head: Buffer }> {
  const hash = createHash('sha256');
  let head: Buffer | undefined;
  for await (const piece of pieces) {
    hash.update(piece);
    head ??= piece;
  }
  return { hash: hash.digest(), head: head ?? Buffer.alloc(0) };
}

function checkSum(actual: string | null, expected: string | undefined): void {
  if (expected === undefined || expected.toLowerCase() === actual) return;
  throw new PolygraphError('CONFLICT', 'The pieces do not have that SHA-256 together.', { facts: { field: 'sha256' } });
}

const ROW_AND_RULE = fragment`
  SELECT ${OFFLOADED_COLUMNS}, e.encryption_enabled AS "encryptionEnabled",
    e.searchable_when_encrypted AS "searchableWhenEncrypted"
  FROM offloaded_contexts o JOIN execution_contexts e ON e.tenant_id = o.tenant_id AND e.id = o.context_id`;
