import { randomUUID } from 'node:crypto';
import type { Embedder } from '#platform/embedder';
import { PolygraphError } from '#platform/errors';
import { fragment, joinFragments, type TenantTransaction } from '#stores/postgres/index';
import type { Context } from '../../context.ts';
import type { MemoryInput, UpdateMemoryInput } from '../../generated/resolvers.ts';
import { check } from '../../input.ts';
import { missed, notFound, uuidOf } from '../changes.ts';
import type { ExecutionContextRow } from '../contexts/contexts.ts';
import { encryptContent } from '../encryption/memory-cipher.ts';
import { checkContent, type Findable, findableOf, inClear } from './content.ts';
import { MEMORY, MEMORY_CHANGE } from './input.ts';
import { MEMORY_COLUMNS, type MemoryRow } from './rows.ts';

export async function createMemory(context: Context, input: MemoryInput, embedder: Embedder): Promise<MemoryRow> {
  const { contextId, content, ...facts } = check(MEMORY, input);
  const { tenantId } = context.tenant;
  const id = randomUUID();
  const owner = await ownerOf(context, contextId);
  const kept = await keep(context, id, owner, checkContent(content), embedder);
  const [row] = await context.stores.postgres.transaction(
    // From the context as it is now: switched to encryption meanwhile, it takes nothing in clear.
    (tx) => tx.$queryRaw<MemoryRow[]>`
      INSERT INTO memories AS m (tenant_id, id, context_id, kind, relevance_score, tags, expires_at, content,
        content_cipher, words, embedder, embedding)
      SELECT ${tenantId}::uuid, ${id}::uuid, e.id, ${facts.kind}, ${facts.relevanceScore ?? 0.5}::float8,
        ${facts.tags ?? []}::text[], ${facts.expiresAt ?? null}::timestamptz, ${kept.content}::jsonb, ${kept.contentCipher}::bytea,
        ${kept.words}, ${kept.embedder}, ${kept.embedding}::public.vector
      FROM execution_contexts e
      WHERE e.id = ${owner.id}::uuid AND e.encryption_enabled = ${owner.encryptionEnabled} FOR KEY SHARE
      RETURNING ${MEMORY_COLUMNS}`,
    { action: 'memory.create' },
  );
  if (!row) throw new PolygraphError('CONFLICT', 'The execution context has just been changed; try again.');
  return row;
}

export async function updateMemory(
  context: Context,
  id: string,
  input: UpdateMemoryInput,
  embedder: Embedder,
): Promise<MemoryRow> {
  const { ifRevision, content, ...facts } = check(MEMORY_CHANGE, input);
  const memoryId = uuidOf(id, 'memory');
  const changes = [
    fragment`revision = m.revision + 1`,
    fragment`updated_at = now()`,
    facts.kind && fragment`kind = ${facts.kind}`,
    facts.relevanceScore !== undefined && fragment`relevance_score = ${facts.relevanceScore}::float8`,
    facts.tags && fragment`tags = ${facts.tags}::text[]`,
    facts.expiresAt !== undefined && fragment`expires_at = ${facts.expiresAt}::timestamptz`,
    content !== undefined &&
      content !== null &&
      (await changeOfContent(context, memoryId, checkContent(content), embedder)),
  ].filter((change) => typeof change === 'object');
  const unmoved = ifRevision === undefined ? fragment`` : fragment`AND m.revision = ${ifRevision}`;
  return context.stores.postgres.transaction(
    async (tx) => {
      const [row] = await tx.$queryRaw<MemoryRow[]>`
        UPDATE memories AS m SET ${joinFragments(changes)} WHERE m.id = ${memoryId}::uuid ${unmoved}
        RETURNING ${MEMORY_COLUMNS}`;
      return row ?? Promise.reject(missed('memory', await revisionOf(tx, memoryId)));
    },
    { action: 'memory.update' },
  );
}

export async function deleteMemory({ stores }: Context, id: string): Promise<MemoryRow> {
  const [row] = await stores.postgres.transaction(
    (tx) => tx.$queryRaw<MemoryRow[]>`
      DELETE FROM memories AS m WHERE m.id = ${uuidOf(id, 'memory')}::uuid RETURNING ${MEMORY_COLUMNS}`,
    { action: 'memory.delete' },
  );
  return row ?? Promise.reject(notFound('memory'));
}

interface Kept extends Findable {
  /** As JSON. */
  readonly content: string | null;
  readonly contentCipher: Uint8Array | null;
}

async function keep(
  context: Context,
  id: string,
  owner: ExecutionContextRow,
  content: object,
  embedder: Embedder,
): Promise<Kept> {
  const findable = inClear(await findableOf(content, embedder), owner);
  if (!owner.encryptionEnabled) return { ...findable, content: JSON.stringify(content), contentCipher: null };
  return { ...findable, content: null, contentCipher: await encryptContent(context, id, content) };
}

async function changeOfContent(context: Context, id: string, content: object, embedder: Embedder) {
  const memory = await context.loaders.memory.load(id);
  if (!memory) throw notFound('memory');
  const owner = await ownerOf(context, memory.contextId);
  const kept = await keep(context, id, owner, content, embedder);
  return fragment`content = ${kept.content}::jsonb, content_cipher = ${kept.contentCipher}::bytea,
    words = ${kept.words}, embedder = ${kept.embedder}, embedding = ${kept.embedding}::public.vector`;
}

async function ownerOf({ loaders }: Context, contextId: string) {
  const owner = await loaders.executionContext.load(uuidOf(contextId, 'execution context'));
  return owner ?? Promise.reject(notFound('execution context'));
}

const revisionOf = (tx: TenantTransaction, id: string) =>
  tx.memory.findFirst({ where: { id }, select: { revision: true } });
