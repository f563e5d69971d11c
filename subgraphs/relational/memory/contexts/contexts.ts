import { PolygraphError } from '#platform/errors';
import { isForeignKeyViolation, violatedUnique } from '#stores/postgres/errors';
import { fragment } from '#stores/postgres/index';
import type { Context } from '../../context.ts';
import type {
  ExecutionContextInput,
  ProjectContextsArgs,
  UpdateExecutionContextInput,
} from '../../generated/resolvers.ts';
import { check, given } from '../../input.ts';
import type { ExecutionContextConnectionModel } from '../../models.ts';
import { createNewestFirst, type Slice } from '../../newest-first.ts';
import { missed, notFound, uuidOf } from '../changes.ts';
import { EXECUTION_CONTEXT, EXECUTION_CONTEXT_CHANGE } from './input.ts';

export interface ExecutionContextRow {
  readonly id: string;
  readonly projectId: string;
  readonly key: string;
  readonly name: string;
  readonly isolationLevel: 'STRICT' | 'SHARED' | 'FEDERATED';
  readonly encryptionEnabled: boolean;
  /** Names of parts that stand in clear although the content does not. */
  readonly searchableWhenEncrypted: readonly string[];
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** For `sql`, of a table or alias named `e`. */
export const EXECUTION_CONTEXT_COLUMNS = fragment`
  e.id, e.project_id AS "projectId", e.key, e.name, e.isolation_level AS "isolationLevel",
  e.encryption_enabled AS "encryptionEnabled",
  e.searchable_when_encrypted AS "searchableWhenEncrypted", e.revision, e.created_at AS "createdAt", e.updated_at AS "updatedAt"`;

export async function listContextsOfProject(
  projectId: string,
  args: ProjectContextsArgs,
  { loaders }: Context,
): Promise<ExecutionContextConnectionModel> {
  const find = (slice: Slice) => loaders.contextsOfProject.load({ parentId: projectId, args: slice });
  const connection = await NEWEST.page(args, find);
  return { ...connection, totalCount: () => loaders.contextCountOfProject.load(projectId) };
}

export async function createExecutionContext(
  { tenant, stores }: Context,
  input: ExecutionContextInput,
): Promise<ExecutionContextRow> {
  const { projectId, key, name, isolationLevel = 'STRICT' } = check(EXECUTION_CONTEXT, input);
  const data = { tenantId: tenant.tenantId, projectId: uuidOf(projectId, 'project'), key, name, isolationLevel };
  return written(
    stores.postgres.transaction(async (tx) => ofLevel(await tx.executionContext.create({ data })), {
      action: 'executionContext.create',
    }),
  );
}

export async function updateExecutionContext(
  { stores }: Context,
  id: string,
  input: UpdateExecutionContextInput,
): Promise<ExecutionContextRow> {
  const { ifRevision, ...facts } = check(EXECUTION_CONTEXT_CHANGE, input);
  const where = { id: uuidOf(id, 'execution context') };
  const expected = ifRevision === undefined ? where : { ...where, revision: ifRevision };
  const data = { ...given(facts), revision: { increment: 1 }, updatedAt: new Date() };
  return written(
    stores.postgres.transaction(
      async (tx) => {
        const [row] = await tx.executionContext.updateManyAndReturn({ where: expected, data });
        return row
          ? ofLevel(row)
          : Promise.reject(missed('execution context', await tx.executionContext.findFirst({ where })));
      },
      { action: 'executionContext.update' },
    ),
  );
}

export async function deleteExecutionContext({ tenant, stores }: Context, id: string): Promise<ExecutionContextRow> {
  const key = { tenantId: tenant.tenantId, id: uuidOf(id, 'execution context') };
  return stores.postgres.transaction(
    async (tx) => {
      const row = await tx.executionContext.findFirst({ where: key });
      if (!row) throw notFound('execution context');
      const some = { where: { contextId: key.id }, take: MOST_AT_ONCE + 1 };
      const held = (await tx.memory.count(some)) + (await tx.offloadedContext.count(some));
      if (held > MOST_AT_ONCE) {
        throw new PolygraphError(
          'CONFLICT',
          `The context holds more than ${MOST_AT_ONCE} memories and texts; delete some first.`,
          {
            facts: { limit: MOST_AT_ONCE },
          },
        );
      }
      await tx.executionContext.deleteMany({ where: key });
      return ofLevel(row);
    },
    { action: 'executionContext.delete' },
  );
}

/** A check of the table keeps the level one of these. */
const ofLevel = <Row extends { isolationLevel: string }>(row: Row) =>
  row as Row & Pick<ExecutionContextRow, 'isolationLevel'>;

function written<T>(write: Promise<T>): Promise<T> {
  return write.catch((error: unknown) => {
    if (isForeignKeyViolation(error)) throw notFound('project');
    if (violatedUnique(error) !== 'execution_contexts_key') throw error;
    throw new PolygraphError('CONFLICT', 'Another context of the project has this key; choose another.', {
      facts: { field: 'key' },
    });
  });
}

/** Each is told to the audit in the transaction that removes it. */
const MOST_AT_ONCE = 1_000;
const NEWEST = createNewestFirst('contexts.newest');
