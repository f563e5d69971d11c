import type { TenantPostgres } from '#stores/postgres/index';
import { atMost } from '../../../runtime/limits.ts';
import type { MutationSetMemoryEncryptionArgs } from '../../generated/resolvers.ts';
import { notFound, uuidOf } from '../changes.ts';
import { countAmiss, within } from './amiss.ts';

/** What holds, and how far what is there is from it. */
export interface EncryptionState {
  readonly enabled: boolean;
  readonly searchableWhenEncrypted: readonly ('WORDS' | 'EMBEDDING')[];
  readonly keyVersion: number | null;
  readonly left: number;
}

export async function readEncryption(
  postgres: TenantPostgres,
  contextId: string | undefined,
): Promise<EncryptionState> {
  const [rule, { left, newest }] = await Promise.all([
    readRule(postgres, contextId),
    countAmiss(postgres, within(contextId)),
  ]);
  return { ...rule, left, keyVersion: newest || null };
}

/**
 * From the commit on the database refuses what is not so (`keep_encrypted`): a
 * write that began before has either ended or finds out.
 */
export async function setEncryption(
  postgres: TenantPostgres,
  tenantId: string,
  contextId: string | undefined,
  { enabled, searchableWhenEncrypted }: Pick<MutationSetMemoryEncryptionArgs, 'enabled' | 'searchableWhenEncrypted'>,
): Promise<void> {
  const searchable = [...new Set(atMost(2, 'searchableWhenEncrypted', searchableWhenEncrypted ?? []))];
  const updatedAt = new Date();
  await postgres.transaction(
    async (tx) => {
      if (contextId === undefined) {
        const all = { enabled, searchable, updatedAt };
        await tx.memoryEncryption.upsert({ where: { tenantId }, create: { tenantId, ...all }, update: all });
      }
      const { count } = await tx.executionContext.updateMany({
        where: contextId === undefined ? {} : { id: contextId },
        data: {
          ...{ encryptionEnabled: enabled, searchableWhenEncrypted: searchable, updatedAt },
          revision: { increment: 1 },
        },
      });
      if (contextId !== undefined && count === 0) throw notFound('execution context');
    },
    { action: 'memory.encryption' },
  );
}

/** @throws PolygraphError NOT_FOUND */
export const readContextId = (id: string | null | undefined): string | undefined =>
  typeof id === 'string' ? uuidOf(id, 'execution context') : undefined;

async function readRule({ sql }: TenantPostgres, contextId: string | undefined) {
  type Rule = Pick<EncryptionState, 'enabled' | 'searchableWhenEncrypted'>;
  if (contextId === undefined) {
    const [rule] = await sql<Rule>`SELECT enabled, searchable AS "searchableWhenEncrypted" FROM memory_encryption`;
    return rule ?? { enabled: false, searchableWhenEncrypted: [] };
  }
  const [rule] = await sql<Rule>`
    SELECT encryption_enabled AS enabled, searchable_when_encrypted AS "searchableWhenEncrypted"
    FROM execution_contexts WHERE id = ${contextId}::uuid`;
  return rule ?? Promise.reject(notFound('execution context'));
}
