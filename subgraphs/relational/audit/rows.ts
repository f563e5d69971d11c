export interface AuditRow {
  /** bigint, as text. */
  readonly seq: string;
  readonly at: Date;
  readonly principalKind: string;
  readonly principalId: string;
  readonly action: string;
  readonly operation: 'INSERT' | 'UPDATE' | 'DELETE' | 'EVENT';
  readonly entity: string;
  readonly entityId: string;
  readonly severity: 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';
  readonly before: unknown;
  readonly after: unknown;
  readonly metadata: unknown;
  readonly hash: string;
}
