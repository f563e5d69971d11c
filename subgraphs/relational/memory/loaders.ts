import DataLoader from 'dataloader';
import { fragment, type TenantPostgres } from '#stores/postgres/index';
import { onlyUuids } from '../../runtime/ids.ts';
import { createListLoader, type ListOf } from '../list-loader.ts';
import type { Slice } from '../newest-first.ts';
import { createRowLoader } from '../row-loader.ts';
import { EXECUTION_CONTEXT_COLUMNS, type ExecutionContextRow } from './contexts/contexts.ts';
import { PROJECT_FIELDS, type ProjectRow } from './contexts/projects.ts';
import type { Vault } from './encryption/vault.ts';
import { createRoundLoader } from './federated/loaders.ts';
import type { RoundRow } from './federated/rows.ts';
import { beyond } from './memories/lists.ts';
import { createRelatedLoader, type FoundRow, type Walk } from './memories/related.ts';
import { MEMORY_COLUMNS, type MemoryRow } from './memories/rows.ts';
import { createOffloadedLoader, type OffloadedRow } from './offloaded/rows.ts';

/** One store statement each, however many keys. */
export interface MemoryLoaders {
  readonly project: DataLoader<string, ProjectRow | null>;
  readonly executionContext: DataLoader<string, ExecutionContextRow | null>;
  readonly memory: DataLoader<string, MemoryRow | null>;
  readonly contextsOfProject: DataLoader<ListOf<Slice>, ExecutionContextRow[], string>;
  readonly contextCountOfProject: DataLoader<string, number>;
  readonly memoriesOfContext: DataLoader<ListOf<Slice>, MemoryRow[], string>;
  readonly memoryCountOfContext: DataLoader<string, number>;
  readonly relatedMemories: DataLoader<ListOf<Walk>, FoundRow[], string>;
  readonly offloaded: DataLoader<string, OffloadedRow | null>;
  readonly federatedRounds: DataLoader<string, RoundRow[]>;
  /** Opens and encrypts what the tenant has encrypted. */
  readonly vault: Vault;
}

export function createMemoryLoaders(postgres: TenantPostgres, vault: Vault): MemoryLoaders {
  const { prisma, sql } = postgres;
  return {
    project: createRowLoader((id) =>
      prisma.memoryProject.findMany({ where: { id: { in: id } }, select: PROJECT_FIELDS }),
    ),
    executionContext: createRowLoader(
      (ids) => sql<ExecutionContextRow>`
        SELECT ${EXECUTION_CONTEXT_COLUMNS} FROM execution_contexts e WHERE e.id = ANY (${ids}::uuid[])`,
    ),
    memory: createRowLoader(
      (ids) => sql<MemoryRow>`SELECT ${MEMORY_COLUMNS} FROM memories m WHERE m.id = ANY (${ids}::uuid[])`,
    ),
    contextsOfProject: createListLoader(
      (projectIds, { take, after }) => {
        const place = after
          ? fragment`AND (e.created_at, e.id) < (${after.at}::timestamptz, ${after.id}::uuid)`
          : fragment``;
        return sql<ExecutionContextRow>`
          SELECT e.* FROM unnest(${projectIds}::uuid[]) AS project (id) CROSS JOIN LATERAL (
            SELECT ${EXECUTION_CONTEXT_COLUMNS} FROM execution_contexts e WHERE e.project_id = project.id ${place}
            ORDER BY e.created_at DESC, e.id DESC LIMIT ${take}
          ) AS e ORDER BY e."createdAt" DESC, e.id DESC`;
      },
      ({ projectId }) => projectId,
    ),
    contextCountOfProject: counted(
      (ids) => sql<Count>`
        SELECT e.project_id AS id, count(*)::int AS total FROM execution_contexts e
        WHERE e.project_id = ANY (${ids}::uuid[]) GROUP BY e.project_id`,
    ),
    memoriesOfContext: createListLoader(
      (contextIds, slice) => sql<MemoryRow>`
        SELECT m.* FROM unnest(${contextIds}::uuid[]) AS context (id) CROSS JOIN LATERAL (
          SELECT ${MEMORY_COLUMNS} FROM memories m WHERE m.context_id = context.id ${beyond(slice)}
          ORDER BY m.created_at DESC, m.id DESC LIMIT ${slice.take}
        ) AS m ORDER BY m."createdAt" DESC, m.id DESC`,
      ({ contextId }) => contextId,
    ),
    memoryCountOfContext: counted(
      (ids) => sql<Count>`
        SELECT m.context_id AS id, count(*)::int AS total FROM memories m
        WHERE m.context_id = ANY (${ids}::uuid[]) GROUP BY m.context_id`,
    ),
    relatedMemories: createRelatedLoader(postgres),
    offloaded: createOffloadedLoader(postgres),
    federatedRounds: createRoundLoader(postgres),
    vault,
  };
}

interface Count {
  readonly id: string;
  readonly total: number;
}

function counted(count: (ids: readonly string[]) => Promise<readonly Count[]>): DataLoader<string, number> {
  return new DataLoader(async (ids) => {
    const totals = new Map((await count(onlyUuids(ids))).map(({ id, total }) => [id, total]));
    return ids.map((id) => totals.get(id) ?? 0);
  });
}
