import { createHash } from 'node:crypto';
import type { Embedder } from '#platform/embedder';
import { PolygraphError } from '#platform/errors';
import { violatedUnique } from '#stores/postgres/errors';
import { fragment, type TenantPostgres } from '#stores/postgres/index';
import { notFound } from '../changes.ts';
import type { Vault } from '../encryption/vault.ts';
import { checkWhole, cutIntoPieces, type OffloadFacts } from './input.ts';
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
import { isComplete, OFFLOADED_FIELDS, type OffloadedRow, sha256Of } from './rows.ts';

/** What writes for one tenant. */
export interface OffloadDesk {
  readonly tenantId: string;
  readonly postgres: TenantPostgres;
  readonly vault: Vault;
  readonly embedder: Embedder;
  /** Of one text, in bytes. */
  readonly limit: number;
}

export interface WholeText extends OffloadFacts {
  readonly text: Buffer;
}

/** How a text with a key that is there already, and other bytes, is taken. */
export type OnOther = 'REFUSE' | 'REPLACE';

export type Offloaded = { readonly row: OffloadedRow; readonly outcome: 'CREATED' | 'REPLACED' | 'UNCHANGED' };

/**
 * Keeps texts of one execution context, all in one transaction, with a handful of
 * statements however many they are. What is there with the same bytes is left
 * alone, so a batch can be sent again.
 * @throws PolygraphError NOT_FOUND without the context, CONFLICT for other bytes under a known key, LIMIT_EXCEEDED
 */
export async function offloadWhole(
  { tenantId, postgres, vault, embedder, limit }: OffloadDesk,
  contextId: string,
  texts: readonly WholeText[],
  onOther: OnOther,
): Promise<Offloaded[]> {
  for (const { text } of texts) checkWhole(text.length, limit);
  const rule = await postgres.prisma.executionContext.findFirst({ where: { id: contextId }, select: RULE });
  if (!rule) throw notFound('execution context');
  const hashes = texts.map(({ text }) => createHash('sha256').update(text).digest());
  const known = await readKnown(postgres, vault, contextId, texts);
  const isNew = texts.map(({ key }, at) => known.get(key)?.sha256 !== hashes[at]?.toString('hex'));
  if (onOther === 'REFUSE')
    for (const [at, { key }] of texts.entries()) if (isNew[at] && known.has(key)) throw taken(key);

  const fresh = texts.flatMap((text, at) => (isNew[at] ? [{ ...text, hash: hashes[at] ?? Buffer.alloc(0) }] : []));
  const vectors = mayEmbed(rule) ? await embedder.embed(fresh.map(textToEmbed)) : [];
  const made = await Promise.all(fresh.map((text) => prepare(text, rule, vault)));
  const written = postgres.transaction(
    async (tx) => {
      const [now] = await tx.$queryRaw<ClearRule[]>(fragment`
        SELECT encryption_enabled AS "encryptionEnabled", searchable_when_encrypted AS "searchableWhenEncrypted"
        FROM execution_contexts WHERE id = ${contextId}::uuid FOR SHARE`);
      if (!now || !isSameRule(now, rule)) throw overtaken();
      await tx.offloadedContext.deleteMany({ where: { contextId, key: { in: fresh.map(({ key }) => key) } } });
      const data = made.map(({ facts }) => ({ tenantId, contextId, ...facts }));
      const created = await tx.offloadedContext.createManyAndReturn({ data, select: OFFLOADED_FIELDS });
      await tx.offloadedPiece.createMany({
        data: made.flatMap(({ pieces }) => pieces.map((one) => ({ tenantId, ...one }))),
      });
      await insertVectors(
        tx,
        tenantId,
        embedder.name,
        made.map(({ facts }, at) => ({ id: facts.id, vector: vectors[at] ?? [] })),
      );
      return created;
    },
    { action: 'memory.offload', timeoutMs: 60_000 },
  );
  const rows = await written.catch((error: unknown) => {
    throw violatedUnique(error) === 'offloaded_contexts_key' ? overtaken() : error;
  });
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return texts.flatMap(({ key }): Offloaded[] => {
    const before = known.get(key)?.row;
    const row = byKey.get(key);
    if (row) return [{ row, outcome: before ? 'REPLACED' : 'CREATED' }];
    return before ? [{ row: before, outcome: 'UNCHANGED' }] : [];
  });
}

const RULE = { encryptionEnabled: true, searchableWhenEncrypted: true } as const;

/** Complete ones, by key. What was begun in pieces and never ended is taken for new. */
async function readKnown(
  { prisma }: TenantPostgres,
  vault: Vault,
  contextId: string,
  texts: readonly WholeText[],
): Promise<Map<string, { row: OffloadedRow; sha256: string | null }>> {
  const rows = await prisma.offloadedContext.findMany({
    where: { contextId, key: { in: texts.map(({ key }) => key) } },
    select: OFFLOADED_FIELDS,
  });
  const complete = rows.filter(isComplete);
  return new Map(
    await Promise.all(complete.map(async (row) => [row.key, { row, sha256: await sha256Of(row, vault) }] as const)),
  );
}

async function prepare(
  { text, hash, contextId: _, ...facts }: WholeText & { hash: Buffer },
  rule: ClearRule,
  vault: Vault,
) {
  const id = crypto.randomUUID();
  const cut = [...cutIntoPieces(text)];
  const kept = await Promise.all(cut.map((piece, number) => keepPiece(id, number, piece, rule, vault)));
  return {
    facts: {
      ...{ id, ...facts, pieces: cut.length, originalBytes: text.length },
      compressedBytes: kept.reduce((sum, { bytes }) => sum + bytes, 0),
      ...(await keepHash(id, hash, rule, vault)),
    },
    pieces: kept.map(({ piece }) => piece),
  };
}

const taken = (key: string): PolygraphError =>
  new PolygraphError(
    'CONFLICT',
    `Another text is kept under the key ${JSON.stringify(key)}; choose another key, or delete it.`,
  );
