import { z } from 'zod';
import { optional, tags } from '../../input.ts';

const unit = z.number().min(0, 'is from 0 to 1').max(1, 'is from 0 to 1');
const KIND = z.enum(['EPISODIC', 'SEMANTIC', 'PROCEDURAL']);
const EXPIRY = z.date().refine((at) => at.getTime() > Date.now(), 'is not in the future');

/** What a client wrote, checked. Of a change, what is absent stays as it is. */
export const MEMORY = z.object({
  contextId: z.string(),
  kind: KIND,
  content: z.unknown(),
  relevanceScore: optional(unit),
  tags: optional(tags),
  expiresAt: EXPIRY.nullish(),
});
export const MEMORY_CHANGE = z.object({
  ifRevision: optional(z.number().int()),
  kind: optional(KIND),
  content: z.unknown().optional(),
  relevanceScore: optional(unit),
  tags: optional(tags),
  expiresAt: EXPIRY.nullish(),
});
export const RELATIONSHIP = z.object({
  fromId: z.string(),
  toId: z.string(),
  kind: z.enum(['RELATES_TO', 'FOLLOWS', 'DERIVED_FROM', 'SUPPORTS', 'CONTRADICTS']),
  strength: optional(unit),
});
export const FILTER = z.object({
  contextId: optional(z.string()),
  kind: optional(KIND),
  tags: optional(tags),
  minRelevance: optional(unit),
});
