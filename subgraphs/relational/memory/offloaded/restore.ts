import { PolygraphError } from '#platform/errors';
import type { TenantPostgres } from '#stores/postgres/index';
import type { Vault } from '../encryption/vault.ts';
import { decompress } from './compression.ts';
import { piecePlace } from './rows.ts';

/** In order, one statement and at most one megabyte at a time. */
export async function* readPieces(
  postgres: TenantPostgres,
  vault: Vault,
  { id, pieces }: { readonly id: string; readonly pieces: number },
): AsyncGenerator<Buffer> {
  for (let number = 0; number < pieces; number += 1) {
    const piece = await readPiece(postgres, vault, id, number);
    if (!piece) throw altered();
    yield piece;
  }
}

/** @returns undefined where there is no such piece. @throws PolygraphError SEAL_BROKEN where it is not what was kept */
export async function readPiece(
  { prisma }: TenantPostgres,
  vault: Vault,
  offloadedId: string,
  number: number,
): Promise<Buffer | undefined> {
  const row = await prisma.offloadedPiece.findFirst({
    where: { offloadedId, number },
    select: { compressed: true, compressedCipher: true, originalBytes: true },
  });
  if (!row) return undefined;
  const { compressed, compressedCipher, originalBytes } = row;
  const packed = compressedCipher ? await vault.open(piecePlace(offloadedId, number), compressedCipher) : compressed;
  const text = packed && (await decompress(packed, originalBytes).catch(() => undefined));
  if (text?.length === originalBytes) return text;
  throw altered();
}

const altered = (): PolygraphError =>
  new PolygraphError('SEAL_BROKEN', 'What is kept there is not the text that was sent; it is not given out.');
