import type DataLoader from 'dataloader';
import { fragment, type TenantPostgres } from '#stores/postgres/index';
import { createRowLoader } from '../../row-loader.ts';
import type { Vault } from '../encryption/vault.ts';

export interface OffloadedRow {
  readonly id: string;
  readonly contextId: string;
  readonly key: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly pieces: number;
  readonly originalBytes: bigint;
  readonly compressedBytes: bigint;
  /** SHA-256 of the text, in clear or encrypted; neither before it is complete. */
  readonly textHash: Uint8Array | null;
  readonly textHashCipher: Uint8Array | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const OFFLOADED_FIELDS = {
  ...{ id: true, contextId: true, key: true, title: true, tags: true, pieces: true, originalBytes: true },
  ...{ compressedBytes: true, textHash: true, textHashCipher: true, createdAt: true, updatedAt: true },
} as const;

/** The same for `sql`, of a table or alias named `o`. */
export const OFFLOADED_COLUMNS = fragment`
  o.id, o.context_id AS "contextId", o.key, o.title, o.tags, o.pieces, o.original_bytes AS "originalBytes",
  o.compressed_bytes AS "compressedBytes", o.text_hash AS "textHash", o.text_hash_cipher AS "textHashCipher",
  o.created_at AS "createdAt", o.updated_at AS "updatedAt"`;

export function createOffloadedLoader({ prisma }: TenantPostgres): DataLoader<string, OffloadedRow | null> {
  return createRowLoader((ids) =>
    prisma.offloadedContext.findMany({ where: { id: { in: ids } }, select: OFFLOADED_FIELDS }),
  );
}

export const isComplete = ({ textHash, textHashCipher }: Pick<OffloadedRow, 'textHash' | 'textHashCipher'>): boolean =>
  textHash !== null || textHashCipher !== null;

/** @returns in hexadecimal; null before the text is complete */
export async function sha256Of({ id, textHash, textHashCipher }: OffloadedRow, vault: Vault): Promise<string | null> {
  const hash = textHashCipher ? await vault.open(hashPlace(id), textHashCipher) : textHash;
  return hash && Buffer.from(hash).toString('hex');
}

export const hashPlace = (id: string) => ({ table: 'offloaded_contexts', column: 'text_hash', row: id });
export const piecePlace = (id: string, number: number) => ({
  table: 'offloaded_pieces',
  column: 'compressed',
  row: `${id}/${number}`,
});
