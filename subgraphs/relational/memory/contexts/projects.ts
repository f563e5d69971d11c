import { PolygraphError } from '#platform/errors';
import { isForeignKeyViolation, violatedUnique } from '#stores/postgres/errors';
import type { TenantPostgres } from '#stores/postgres/index';
import type { Context } from '../../context.ts';
import type { ProjectInput, QueryProjectsArgs, UpdateProjectInput } from '../../generated/resolvers.ts';
import { check, given } from '../../input.ts';
import type { ProjectConnectionModel } from '../../models.ts';
import { createNewestFirst, sliceOf } from '../../newest-first.ts';
import { missed, notFound, uuidOf } from '../changes.ts';
import { PROJECT, PROJECT_CHANGE } from './input.ts';

export interface ProjectRow {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The same for Prisma's `select`. */
export const PROJECT_FIELDS = {
  ...{ id: true, key: true, name: true, description: true, revision: true, createdAt: true, updatedAt: true },
} as const;

export async function listProjects(
  args: QueryProjectsArgs,
  { prisma }: TenantPostgres,
): Promise<ProjectConnectionModel> {
  const connection = await NEWEST.page(args, (slice) => {
    const { beyond, ...page } = sliceOf(slice);
    return prisma.memoryProject.findMany({ where: beyond, ...page, select: PROJECT_FIELDS });
  });
  return { ...connection, totalCount: () => prisma.memoryProject.count() };
}

export async function createProject({ tenant, stores }: Context, input: ProjectInput): Promise<ProjectRow> {
  const data = { ...given(check(PROJECT, input)), tenantId: tenant.tenantId } as ProjectData;
  return withFreeKey(
    stores.postgres.transaction((tx) => tx.memoryProject.create({ data, select: PROJECT_FIELDS }), {
      action: 'project.create',
    }),
  );
}

export async function updateProject({ stores }: Context, id: string, input: UpdateProjectInput): Promise<ProjectRow> {
  const { ifRevision, ...facts } = check(PROJECT_CHANGE, input);
  const where = { id: uuidOf(id, 'project') };
  const expected = ifRevision === undefined ? where : { ...where, revision: ifRevision };
  const data = { ...given(facts), revision: { increment: 1 }, updatedAt: new Date() };
  return withFreeKey(
    stores.postgres.transaction(
      async (tx) => {
        const [row] = await tx.memoryProject.updateManyAndReturn({ where: expected, data, select: PROJECT_FIELDS });
        return row ?? Promise.reject(missed('project', await tx.memoryProject.findFirst({ where })));
      },
      { action: 'project.update' },
    ),
  );
}

export async function deleteProject({ tenant, stores }: Context, id: string): Promise<ProjectRow> {
  const key = { tenantId: tenant.tenantId, id: uuidOf(id, 'project') };
  const removal = stores.postgres.transaction(
    async (tx) => {
      const row = await tx.memoryProject.findFirst({ where: key, select: PROJECT_FIELDS });
      if (!row) throw notFound('project');
      await tx.memoryProject.deleteMany({ where: key });
      return row;
    },
    { action: 'project.delete' },
  );
  return removal.catch((error: unknown) => {
    if (!isForeignKeyViolation(error)) throw error;
    throw new PolygraphError('CONFLICT', 'The project holds execution contexts; delete these first.');
  });
}

type ProjectData = Pick<ProjectRow, 'key' | 'name'> & { tenantId: string; description?: string };

function withFreeKey<T>(write: Promise<T>): Promise<T> {
  return write.catch((error: unknown) => {
    if (violatedUnique(error) !== 'memory_projects_key') throw error;
    throw new PolygraphError('CONFLICT', 'Another project of the tenant has this key; choose another.', {
      facts: { field: 'key' },
    });
  });
}

const NEWEST = createNewestFirst('projects.newest');
