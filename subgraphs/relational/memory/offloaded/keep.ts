import { textOfDocument } from '#platform/embedder';
import { PolygraphError } from '#platform/errors';
import { fragment, joinFragments, type TenantTransaction } from '#stores/postgres/index';
import type { Vault } from '../encryption/vault.ts';
import { compress } from './compression.ts';
import { hashPlace, piecePlace } from './rows.ts';

/** What an execution context lets be kept in clear. */
export interface ClearRule {
  readonly encryptionEnabled: boolean;
  readonly searchableWhenEncrypted: readonly string[];
}

/** In clear, or encrypted, as the context says. */
export async function keepHash(id: string, hash: Buffer, { encryptionEnabled }: ClearRule, vault: Vault) {
  if (!encryptionEnabled) return { textHash: new Uint8Array(hash), textHashCipher: null };
  return { textHash: null, textHashCipher: await vault.seal(hashPlace(id), hash) };
}

/** Compressed, and encrypted after that where the context says so. @returns also how many bytes compression left */
export async function keepPiece(
  id: string,
  number: number,
  text: Buffer,
  { encryptionEnabled }: ClearRule,
  vault: Vault,
) {
  const compressed = await compress(text);
  const kept = encryptionEnabled
    ? { compressed: null, compressedCipher: await vault.seal(piecePlace(id, number), compressed) }
    : { compressed: new Uint8Array(compressed), compressedCipher: null };
  return { piece: { offloadedId: id, number, originalBytes: text.length, ...kept }, bytes: compressed.length };
}

export const mayEmbed = ({ encryptionEnabled, searchableWhenEncrypted }: ClearRule): boolean =>
  !encryptionEnabled || searchableWhenEncrypted.includes('EMBEDDING');

export const textToEmbed = ({ title, text }: { readonly title: string; readonly text: Buffer }): string =>
  textOfDocument(title, '', text.subarray(0, EMBEDDED_BYTES).toString('utf8'));

/** Without those that have no direction: they are near to nothing. */
export async function insertVectors(
  tx: TenantTransaction,
  tenantId: string,
  embedder: string,
  vectors: readonly { readonly id: string; readonly vector: readonly number[] }[],
): Promise<void> {
  const rows = vectors
    .filter(({ vector }) => vector.some((value) => value !== 0))
    .map(
      ({ id, vector }) =>
        fragment`(${tenantId}::uuid, ${id}::uuid, ${embedder}, ${`[${vector.join()}]`}::public.vector)`,
    );
  if (rows.length === 0) return;
  await tx.$queryRaw(fragment`
    INSERT INTO offloaded_vectors (tenant_id, offloaded_id, embedder, embedding) VALUES ${joinFragments(rows)}
    ON CONFLICT (tenant_id, offloaded_id) DO UPDATE SET embedder = excluded.embedder, embedding = excluded.embedding`);
}

/** What was made under one rule must not be written under another. */
export const isSameRule = (a: ClearRule, b: ClearRule): boolean =>
  a.encryptionEnabled === b.encryptionEnabled && mayEmbed(a) === mayEmbed(b);

export const overtaken = (): PolygraphError =>
  new PolygraphError('CONFLICT', 'It has just been changed by another request; send it again.');

/** More than the embedder reads. */
const EMBEDDED_BYTES = 80_000;
