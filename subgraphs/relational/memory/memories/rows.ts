import { fragment } from '#stores/postgres/index';

/** A memory as it is kept. */
export interface MemoryRow extends KeptContent {
  readonly id: string;
  readonly contextId: string;
  readonly kind: 'EPISODIC' | 'SEMANTIC' | 'PROCEDURAL';
  readonly relevanceScore: number;
  readonly tags: readonly string[];
  readonly expiresAt: Date | null;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** In clear, or encrypted: one of the two. */
export interface KeptContent {
  readonly content: object | null;
  readonly contentCipher: Uint8Array | null;
}

/** For `sql`, of a table or alias named `m`. */
export const MEMORY_COLUMNS = fragment`
  m.id, m.context_id AS "contextId", m.kind, m.relevance_score AS "relevanceScore", m.content,
  m.content_cipher AS "contentCipher", m.tags, m.expires_at AS "expiresAt", m.revision, m.created_at AS "createdAt",
  m.updated_at AS "updatedAt"`;
