import type { AnalyticsEvent } from '#stores/mongo/events';
import type { Connection, Edge } from '../runtime/connection.ts';
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

export type AnalyticsEventModel = Pick<AnalyticsEvent, 'id' | 'kind' | 'contentId' | 'userId' | 'at' | 'properties'>;
export type AnalyticsEventConnectionModel = Connection<AnalyticsEventModel>;
export type AnalyticsEventEdgeModel = Edge<AnalyticsEventModel>;

export interface RecordEventPayloadModel {
  readonly event: AnalyticsEventModel;
  readonly recorded: boolean;
}
export interface ContentViewsModel {
  readonly content: ContentModel;
  readonly views: number;
}
export type ContentVersionModel = VersionRow;
export interface VersionComparisonModel extends BodyComparison {
  readonly from: ContentVersionModel;
  readonly to: ContentVersionModel;
  readonly identical: boolean;
}
