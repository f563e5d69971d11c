import { PolygraphError } from '#platform/errors';
import { fragment } from '#stores/postgres/index';
import type { Context } from '../../context.ts';
import type { MemoryRelationshipInput, MutationUnrelateMemoriesArgs } from '../../generated/resolvers.ts';
import { check } from '../../input.ts';
import { notFound, uuidOf } from '../changes.ts';
import { RELATIONSHIP } from './input.ts';

export interface RelationshipRow {
  readonly fromId: string;
  readonly toId: string;
  readonly kind: 'RELATES_TO' | 'FOLLOWS' | 'DERIVED_FROM' | 'SUPPORTS' | 'CONTRADICTS';
  readonly strength: number;
  readonly createdAt: Date;
}

export async function relateMemories(
  { tenant, stores }: Context,
  input: MemoryRelationshipInput,
): Promise<RelationshipRow> {
  const { fromId, toId, kind, strength = 1 } = check(RELATIONSHIP, input);
  const [from, to] = [uuidOf(fromId, 'memory'), uuidOf(toId, 'memory')];
  if (from === to) throw new PolygraphError('BAD_USER_INPUT', 'A memory has no relationship with itself.');
  const [row] = await stores.postgres.transaction(
    // Of memories that can be seen, and that nobody removes meanwhile.
    (tx) => tx.$queryRaw<RelationshipRow[]>`
      WITH ends AS (SELECT m.id FROM memories m WHERE m.id IN (${from}::uuid, ${to}::uuid) FOR KEY SHARE)
      INSERT INTO memory_relationships AS r (tenant_id, from_id, to_id, kind, strength)
      SELECT ${tenant.tenantId}::uuid, ${from}::uuid, ${to}::uuid, ${kind}, ${strength}::float8
      WHERE (SELECT count(*) FROM ends) = 2
      ON CONFLICT (tenant_id, from_id, to_id, kind) DO UPDATE SET strength = excluded.strength
      RETURNING ${RELATIONSHIP_COLUMNS}`,
    { action: 'memory.relate' },
  );
  return row ?? Promise.reject(notFound('memory'));
}

export async function unrelateMemories(
  { stores }: Context,
  { fromId, toId, kind }: MutationUnrelateMemoriesArgs,
): Promise<RelationshipRow> {
  const [from, to] = [uuidOf(fromId, 'memory'), uuidOf(toId, 'memory')];
  const [row] = await stores.postgres.transaction(
    (tx) => tx.$queryRaw<RelationshipRow[]>`
      DELETE FROM memory_relationships AS r USING memories f, memories t
      WHERE r.from_id = ${from}::uuid AND r.to_id = ${to}::uuid AND r.kind = ${kind} AND f.id = r.from_id AND t.id = r.to_id
      RETURNING ${RELATIONSHIP_COLUMNS}`,
    { action: 'memory.unrelate' },
  );
  return row ?? Promise.reject(notFound('relationship'));
}

const RELATIONSHIP_COLUMNS = fragment`
  r.from_id AS "fromId", r.to_id AS "toId", r.kind, r.strength, r.created_at AS "createdAt"`;
