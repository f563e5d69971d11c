import { createHash } from 'node:crypto';

/** A row of a chain in the texts that its hash is of, as PostgreSQL prints them. */
export interface ChainRow {
  readonly tenantId: string;
  readonly seq: bigint;
  /** RFC 3339 in UTC, to the millisecond. */
  readonly at: string;
  readonly principalKind: string;
  readonly principalId: string;
  readonly action: string;
  readonly operation: string;
  readonly entity: string;
  readonly entityId: string;
  readonly severity: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly metadata: string;
  readonly prevHash: string;
  readonly hash: string;
}

/** The hash before the first row. */
export const GENESIS = '0'.repeat(64);

/**
 * As `audit_append` of the migrations computes it. It is computed here, too, so
 * that whoever verifies a chain need not believe the functions of the database
 * that holds it.
 */
export function hashOf(row: ChainRow): string {
  const hash = createHash('sha256');
  for (const part of partsOf(row)) hash.update(part === null ? '-' : `${Buffer.byteLength(part)}:${part}`);
  return hash.digest('hex');
}

function partsOf(row: ChainRow): readonly (string | null)[] {
  const { prevHash, tenantId, seq, at, principalKind, principalId, action, operation } = row;
  const { entity, entityId, severity, before, after, metadata } = row;
  return [
    ...[prevHash, tenantId, String(seq), at, principalKind, principalId, action, operation],
    ...[entity, entityId, severity, before, after, metadata],
  ];
}
