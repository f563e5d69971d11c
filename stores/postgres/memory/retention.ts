import type pg from 'pg';

/** What a tenant can keep for a time of its own. */
export const RETENTION = {
  /** Memories go at their own `expiresAt`; by this, whatever they say, so long after they were made. */
  MEMORIES: { min: 1, max: 3_650, standard: undefined },
  OFFLOADED_CONTEXTS: { min: 1, max: 3_650, standard: undefined },
  /** Leaves for files, by whole months, when no tenant of the place keeps it any longer. */
  AUDIT: { min: 90, max: 3_650, standard: 3_650 },
  METRICS: { min: 1, max: 730, standard: 90 },
} as const satisfies Record<string, { min: number; max: number; standard: number | undefined }>;

export type RetentionKind = keyof typeof RETENTION;
export const RETENTION_KINDS = Object.keys(RETENTION) as readonly RetentionKind[];

/** The days that a tenant has set, on a connection to where it lives that is bound to it. */
export async function readRetention({
  client,
  id,
}: {
  readonly client: pg.ClientBase;
  readonly id: string;
}): Promise<ReadonlyMap<RetentionKind, number>> {
  const { rows } = await client.query<{ kind: RetentionKind; days: number }>(
    'SELECT kind, days FROM retention_policies WHERE tenant_id = $1',
    [id],
  );
  return new Map(rows.map(({ kind, days }) => [kind, days]));
}
