import { createHash } from 'node:crypto';
import { PolygraphError } from '#platform/errors';
import type { SealingKeys } from '#platform/sealing';
import type { Postgres, TenantPostgres } from '#stores/postgres/index';
import type { TenantContext } from '#tenancy/context';
import { isUuid } from '../../../runtime/ids.ts';
import { createVault, type Vault } from '../encryption/vault.ts';
import { decompress } from './compression.ts';
import { createOffloadedLoader, piecePlace, sha256Of } from './rows.ts';

/** A complete text on its way out. */
export interface RestoredText {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
  /** A piece at a time, read when the one before it was taken. Its last piece comes only if the whole has that SHA-256. */
  readonly text: AsyncIterable<Buffer>;
}

export type RestoreText = (tenant: TenantContext, id: string) => Promise<RestoredText | undefined>;

/** For whoever gives texts out as a stream. Undefined where there is no complete text of that id in the tenant. */
export function createRestore(postgres: Pick<Postgres, 'forTenant'>, wrapping: SealingKeys | undefined): RestoreText {
  return async (tenant, id) => {
    const handle = postgres.forTenant(tenant);
    const vault = createVault(handle, tenant, wrapping);
    const row = isUuid(id) ? await createOffloadedLoader(handle).load(id) : null;
    const sha256 = row && (await sha256Of(row, vault));
    if (!row || !sha256) return undefined;
    return { bytes: Number(row.originalBytes), sha256, text: verified(readPieces(handle, vault, row), sha256) };
  };
}

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

async function* verified(pieces: AsyncIterable<Buffer>, sha256: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let held: Buffer | undefined;
  for await (const piece of pieces) {
    hash.update(piece);
    if (held) yield held;
    held = piece;
  }
  if (hash.digest('hex') !== sha256) throw altered();
  if (held) yield held;
}

const altered = (): PolygraphError =>
  new PolygraphError('SEAL_BROKEN', 'What is kept there is not the text that was sent; it is not given out.');
