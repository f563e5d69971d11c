import type { Connection } from '../runtime/connection.ts';
import type { AuditRow } from './audit/rows.ts';
import type { ContentRow } from './contents/rows.ts';
import type { ItemRow } from './items/items.ts';
import type { ContentOptimizationRow } from './items/optimizations.ts';
import type { ExecutionContextRow } from './memory/contexts/contexts.ts';
import type { ProjectRow } from './memory/contexts/projects.ts';
import type { EncryptionState } from './memory/encryption/settings.ts';
import type { ContributionRow, ParticipationRow, RoundRow, SessionRow } from './memory/federated/rows.ts';
import type { RelatedRow } from './memory/memories/related.ts';
import type { RelationshipRow } from './memory/memories/relationships.ts';
import type { MemoryRow } from './memory/memories/rows.ts';
import type { HitRow } from './memory/memories/search.ts';
import type { OffloadedHit } from './memory/offloaded/nearest.ts';
import type { OffloadedRow } from './memory/offloaded/rows.ts';
import type { HealthRow, MetricRow, SummaryRow } from './memory/retention/metrics.ts';
import type { RetentionRow } from './memory/retention/policies.ts';
import type { ContextUsageRow, KindUsageRow, MemoryDayRow, MemoryUsageRow } from './memory/retention/usage.ts';
import type { AccessRow, OfferRow } from './memory/sharing/offers.ts';
import type { SharingRuleRow } from './memory/sharing/rules.ts';
import type { SharedMemoryRow, SharedSourceRow } from './memory/sharing/shared.ts';
import type { Change } from './people/four-eyes.ts';
import type { ApiKeyRow, ApprovalRow, InvitationRow, TenantRoleRow } from './people/rows.ts';
import type { Shown } from './people/write.ts';
import type { SourceReport } from './search/ask.ts';
import type { Facet } from './search/facets.ts';
import type { FusedHit } from './search/fuse.ts';
import type { ContentHit } from './search/search.ts';
import type { TenantRow, UserRow } from './tenants/rows.ts';

/** What resolvers hand to each other; `schema/generate.ts` reads the names. */
export type ContentModel = ContentRow;
export type TenantModel = TenantRow;
export type UserModel = UserRow;
export type AuditEntryModel = AuditRow;
export type ItemModel = ItemRow;
export type ContentOptimizationModel = ContentOptimizationRow;
export interface ItemHitModel {
  readonly item: ItemRow;
  readonly score: number;
  readonly highlight: string;
}
export interface TenantMetricsModel {
  readonly date: string;
  readonly userCount: number;
  readonly contentCount: number;
  readonly itemCount: number;
  readonly auditCount: number;
  readonly activeUsers: number;
  readonly storageBytes: number;
  readonly takenAt: Date;
}
export type TenantRoleModel = TenantRoleRow;
export type InvitationModel = InvitationRow;
export type ApiKeyModel = ApiKeyRow;
export type ApprovalModel = ApprovalRow;
export type AccessChangeModel = Change;
export type InvitationPayloadModel = Shown<'token'>;
export type ApiKeyPayloadModel = Shown<'key'>;

export type FederatedSessionModel = SessionRow;
export type FederatedParticipationModel = ParticipationRow;
export type FederatedRoundModel = RoundRow;
export type FederatedContributionModel = ContributionRow;
export type RetentionPolicyModel = RetentionRow;
export type MemoryUsageModel = MemoryUsageRow;
export type MemoryKindUsageModel = KindUsageRow;
export type ContextUsageModel = ContextUsageRow;
export type MemoryDayModel = MemoryDayRow;
export type MemoryHealthModel = HealthRow;
export type PerformanceMetricModel = MetricRow;
export type PerformanceSummaryModel = SummaryRow;

export type ContentConnectionModel = Connection<ContentRow> & Counted;
export type UserConnectionModel = Connection<UserRow> & Counted;
export type ItemConnectionModel = Connection<ItemRow> & Counted;
export type AuditConnectionModel = Connection<AuditRow> & Counted;
export type ContentSearchConnectionModel = Pick<Connection<ContentHit>, 'pageInfo'> & {
  readonly edges: readonly ContentSearchEdgeModel[];
} & Counted;
export interface ContentSearchEdgeModel {
  readonly cursor: string;
  readonly node: ContentRow;
  readonly score: number;
  readonly highlight: string;
}

export type ProjectModel = ProjectRow;
export type ExecutionContextModel = ExecutionContextRow;
export type MemoryModel = MemoryRow;
export type RelatedMemoryModel = RelatedRow;
export type MemoryRelationshipModel = RelationshipRow;
export type MemoryHitModel = HitRow;
export type OffloadedContextModel = OffloadedRow;
export type OffloadedHitModel = OffloadedHit;
export type MemoryEncryptionModel = EncryptionState;
export type OffloadedContextConnectionModel = Connection<OffloadedRow> & Counted;
export type SharingRuleModel = SharingRuleRow;
export type SharingOfferModel = OfferRow;
export type SharingAccessModel = AccessRow;
export type SharedMemoryModel = SharedMemoryRow;
export type SharedSourceModel = SharedSourceRow;
export type SharingRuleConnectionModel = Connection<SharingRuleRow>;
export type SharedMemoryConnectionModel = Connection<SharedMemoryRow>;
export type ProjectConnectionModel = Connection<ProjectRow> & Counted;
export type ExecutionContextConnectionModel = Connection<ExecutionContextRow> & Counted;
export type MemoryConnectionModel = Connection<MemoryRow> & Counted;

/** Counted only where the selection asks for it: one statement more. */
interface Counted {
  readonly totalCount: () => Promise<number>;
}

export interface SearchConnectionModel extends Pick<Connection<ContentRow>, 'nodes' | 'pageInfo'> {
  readonly edges: readonly SearchEdgeModel[];
  readonly totalCount: number;
  readonly facets: readonly Facet[];
  readonly sources: readonly SourceReport[];
}
export interface SearchEdgeModel extends Pick<FusedHit, 'score' | 'matches'> {
  readonly cursor: string;
  readonly node: ContentRow;
  readonly highlight: string | null;
}
