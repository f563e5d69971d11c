/**
 * An entity as the engine answered it: `__id`, and each selected field under
 * its response key with `_` before it, so that no alias of a client can take
 * the place of what we add ourselves.
 */
export interface Loaded {
  readonly __id: string;
  readonly [responseKey: `_${string}`]: unknown;
}

export type ContentModel = Loaded;
export type TopicModel = Loaded;
export type KeywordModel = Loaded;
export type ConceptModel = Loaded;
export type AudienceModel = Loaded;
export type CompetitorModel = Loaded;

export interface TenantModel {
  readonly id: string;
}

export interface SimilarContentModel {
  /** The document it is similar to. */
  readonly of: string;
  readonly id: string;
  readonly score: number;
  readonly sharedTopics: number;
  readonly sharedKeywords: number;
}

export interface RelatedTopicModel {
  readonly id: string;
  readonly sharedContents: number;
}

export interface LinkTopicPayloadModel {
  readonly contentId: string;
  readonly topicId: string;
  readonly relevance: number;
}

export interface UnlinkTopicPayloadModel {
  readonly contentId: string;
  readonly unlinked: boolean;
}

export interface CoverTopicsPayloadModel {
  readonly competitorId: string;
}

export interface SimilarityReasonModel {
  readonly kind: 'Topic' | 'Keyword';
  readonly id: string;
  readonly name: string;
  readonly share: number;
}

export interface TopicSuggestionModel {
  readonly id: string;
  readonly score: number;
  readonly contents: number;
  /** What counts most first. */
  readonly reasons: readonly SuggestionReasonModel[];
}

export interface SuggestionReasonModel {
  readonly kind: 'Content' | 'Keyword' | 'Concept';
  readonly id: string;
  readonly share: number;
  /** Of a document. */
  readonly similarity: number | null;
}

export interface TopicGapModel {
  readonly id: string;
  readonly nearContents: number;
  readonly competitors: number;
  readonly coverage: number;
  /** Ids of the competitors, most coverage first. */
  readonly rivals: readonly string[];
  readonly volume: number | null;
  readonly difficulty: number | null;
}

export interface TopicDescendantModel {
  readonly id: string;
  readonly depth: number;
}

export interface AudienceReachModel {
  /** Of the audience. */
  readonly id: string;
  readonly contents: number;
  readonly share: number;
  readonly fit: number;
}

export interface TopicReachModel {
  readonly id: string;
  readonly contents: number;
  readonly share: number;
}

export interface MoveTopicPayloadModel {
  readonly topicId: string;
}

export interface RateKeywordsPayloadModel {
  readonly keywordIds: readonly string[];
}

export interface TargetAudiencesPayloadModel {
  readonly contentId: string;
}
export type MentionConceptsPayloadModel = TargetAudiencesPayloadModel;

export interface IdeaPathModel {
  readonly length: number;
  readonly steps: readonly IdeaStepModel[];
}

export interface IdeaStepModel {
  readonly id: string;
  /** Of the node. */
  readonly label: string;
  readonly name: string;
}
