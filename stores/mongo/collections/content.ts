import { collection } from '../spec.ts';

/** Bodies, their versions, and what models suggested for them. */
export const CONTENT_COLLECTIONS = {
  content_documents: collection({
    key: ['contentId'],
    fields: {
      contentId: { kind: 'uuid' },
      /** Of the newest event applied, so that older ones are told apart. */
      revision: { kind: 'int' },
      /** Of the newest event applied that carried a body; 0 before the first. */
      bodyRevision: { kind: 'int' },
      title: { kind: 'text' },
      body: { kind: 'text' },
      /** SHA-256 of the body's UTF-8, lower-case hex; empty before the first body. */
      bodyHash: { kind: 'text' },
      wordCount: { kind: 'int' },
      /** Plain text from the start of the body. */
      excerptText: { kind: 'text' },
      versionCount: { kind: 'int' },
      deletedAt: { kind: 'date', optional: true },
      updatedAt: { kind: 'date' },
    },
    indexes: [{ fields: ['contentId'], unique: true }],
  }),
  content_versions: collection({
    key: ['contentId', 'number'],
    fields: {
      contentId: { kind: 'uuid' },
      /** From 1, one more for each body that differs from the one before. */
      number: { kind: 'int' },
      title: { kind: 'text' },
      body: { kind: 'text' },
      sha256: { kind: 'text' },
      wordCount: { kind: 'int' },
      createdAt: { kind: 'date' },
      /** When it was made of a draft. Absent where it was published or taken up again: then it is never pruned. */
      draftSince: { kind: 'date', optional: true },
    },
    indexes: [{ fields: ['contentId', 'number'], unique: true }],
  }),
  /** What a model suggested for a document, and what became of it. */
  optimization_results: collection({
    key: ['idempotencyKey'],
    fields: {
      id: { kind: 'uuid' },
      contentId: { kind: 'uuid' },
      model: { kind: 'text' },
      aspect: { kind: 'optimizationAspect' },
      suggestion: { kind: 'text' },
      reason: { kind: 'text', optional: true },
      /** 0 to 100. */
      scoreBefore: { kind: 'int', optional: true },
      scoreAfter: { kind: 'int' },
      status: { kind: 'optimizationStatus' },
      createdAt: { kind: 'date' },
      decidedAt: { kind: 'date', optional: true },
      /** Absent where an API key or a service decided. */
      decidedBy: { kind: 'uuid', optional: true },
      idempotencyKey: { kind: 'text' },
    },
    indexes: [
      { fields: ['idempotencyKey'], unique: true },
      { fields: ['id'], unique: true },
      { fields: ['contentId', 'createdAt', 'id'] },
    ],
  }),
} as const;
