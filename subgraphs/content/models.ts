import type { Attachment } from '#stores/mongo/attachments';
import type { Budget, BudgetAlert } from '#stores/mongo/budgets';
import type { AnalyticsEvent } from '#stores/mongo/events';
import type { Documents } from '#stores/mongo/index';
import type { Optimization } from '#stores/mongo/optimizations';
import type { Counts } from '#stores/mongo/rollups';
import type { ModelUsage } from '#stores/mongo/usage';
import type { Connection, Edge } from '../runtime/connection.ts';
import type { Span } from './events/span.ts';
import type { VersionRow } from './loaders/versions.ts';
import type { BodyComparison } from './versions/compare.ts';

/** What resolvers hand to each other. An entity is its id; its fields are loaded when they are asked for. */
export interface ContentModel {
  readonly id: string;
}
export interface UserModel {
  readonly id: string;
}
export interface TenantModel {
  readonly id: string;
}

export type AnalyticsEventModel = Pick<
  AnalyticsEvent,
  'id' | 'kind' | 'contentId' | 'userId' | 'at' | 'value' | 'properties'
>;
export type AnalyticsEventConnectionModel = Connection<AnalyticsEventModel>;
export type AnalyticsEventEdgeModel = Edge<AnalyticsEventModel>;

export interface RecordEventPayloadModel {
  readonly event: AnalyticsEventModel;
  readonly recorded: boolean;
}
export interface EventOutcomeModel {
  readonly recorded: boolean;
  readonly problem: { readonly code: string; readonly message: string } | null;
}
export interface RecordEventsPayloadModel {
  readonly outcomes: readonly EventOutcomeModel[];
}
export interface ContentViewsModel {
  readonly content: ContentModel;
  readonly views: number;
  readonly count: number;
}
export interface PersonActivityModel {
  readonly user: UserModel;
  readonly events: number;
}
export interface EventValuesModel {
  readonly count: number;
  readonly average: number | null;
  readonly smallest: number | null;
  readonly largest: number | null;
  readonly percentiles: readonly { readonly percentile: number; readonly value: number }[];
}
export interface ContentChangeModel {
  readonly content: ContentModel;
  readonly current: number;
  readonly previous: number;
  readonly change: number | null;
}
export interface PeriodTotalsModel extends Counts {
  /** The first and the last day. */
  readonly from: string;
  readonly to: string;
}
export interface PeriodComparisonModel {
  readonly current: PeriodTotalsModel;
  readonly previous: PeriodTotalsModel;
  readonly movers: readonly ContentChangeModel[];
}
export interface EventSeriesModel extends Span {
  readonly interval: 'HOUR' | 'DAY';
  readonly total: number;
  readonly previousTotal: number | null;
  readonly change: number | null;
  readonly points: readonly { readonly at: Date; readonly events: number; readonly previousEvents: number | null }[];
}
export interface FunnelStepModel {
  readonly kind: AnalyticsEvent['kind'];
  readonly contentId: string | undefined;
  readonly people: number;
  readonly share: number;
}
export interface FunnelModel {
  readonly steps: readonly FunnelStepModel[];
}

export type ContentVersionModel = VersionRow;
export interface VersionComparisonModel extends BodyComparison {
  readonly from: ContentVersionModel;
  readonly to: ContentVersionModel;
  readonly identical: boolean;
}

export type AIModelUsageModel = ModelUsage;
type UsageRow = Documents['ai_usage_daily'];
/** Of the fields of the key, those that were grouped by. */
export type ModelUsageModel = Partial<Pick<UsageRow, 'day' | 'model' | 'principalKind' | 'principalId'>> &
  Pick<UsageRow, 'calls' | 'tokensIn' | 'tokensOut' | 'costMicros'>;
export interface RecordModelUsagePayloadModel {
  readonly usage: AIModelUsageModel;
  readonly recorded: boolean;
}

export interface ModelBudgetModel extends Budget {
  readonly startsOn: string;
  readonly spentMicros: number;
}
export interface SetModelBudgetPayloadModel {
  readonly budget: ModelBudgetModel;
}
export type ModelBudgetAlertModel = BudgetAlert;

export type OptimizationResultModel = Optimization;
export interface RecordOptimizationPayloadModel {
  readonly optimization: OptimizationResultModel;
  readonly recorded: boolean;
}
export interface DecideOptimizationPayloadModel {
  readonly optimization: OptimizationResultModel;
}

export type AttachmentModel = Attachment;
export interface CompleteAttachmentPayloadModel {
  readonly attachment: AttachmentModel;
}
