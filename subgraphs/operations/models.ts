import type { DailyReport, MaintenanceTask, SlowQuery, TableStatistics } from '#stores/postgres/maintenance/index';
import type { MemoryHealth } from '#stores/postgres/memory/rollups';
import type { DeadLetter } from '#stores/postgres/outbox/dead-letters';
import type { ProjectionFreshness } from '#stores/postgres/outbox/freshness';

export type FreshnessModel = ProjectionFreshness;
export type DeadLetterModel = DeadLetter;

/** What the health monitor last saw. */
export interface StoreModel {
  readonly name: 'POSTGRES' | 'MONGO' | 'NEO4J' | 'REDIS';
  readonly state: 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY' | 'UNKNOWN';
  readonly latencyMs: number | null;
  readonly checkedAt: Date;
}

export interface MaintenanceRunModel {
  readonly id: string;
  readonly task: MaintenanceTask;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly done: number | null;
  readonly failed: number | null;
}
export type TableStatisticsModel = TableStatistics;
export type SlowQueryModel = SlowQuery;
export type DailyReportModel = DailyReport;
export type MemorySystemHealthModel = MemoryHealth;
export interface TenantPerformanceModel {
  readonly userCount: number;
  readonly contentCount: number;
  readonly itemCount: number;
  readonly recentAudits: number;
  readonly storageMb: number;
}

export interface ContentModel {
  readonly id: string;
}

export interface TenantModel {
  readonly id: string;
}
