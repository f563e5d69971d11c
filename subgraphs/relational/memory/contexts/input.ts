import { z } from 'zod';
import { optional, text } from '../../input.ts';

const KEY = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'has 1 to 63 of a-z, 0-9 and inner hyphens');
const NAME = text(200).pipe(z.string().min(1, 'is empty'));
const LEVEL = z.enum(['STRICT', 'SHARED', 'FEDERATED']);
const REVISION = z.number().int();

/** What a client wrote, checked; a key that is absent stays as it is. */
export const PROJECT = z.object({ key: KEY, name: NAME, description: optional(text(2_000)) });
export const PROJECT_CHANGE = z.object({
  ...{ ifRevision: optional(REVISION), key: optional(KEY), name: optional(NAME), description: optional(text(2_000)) },
});
export const EXECUTION_CONTEXT = z.object({
  projectId: z.string(),
  key: KEY,
  name: NAME,
  isolationLevel: optional(LEVEL),
});
export const EXECUTION_CONTEXT_CHANGE = z.object({
  ...{ ifRevision: optional(REVISION), key: optional(KEY), name: optional(NAME), isolationLevel: optional(LEVEL) },
});
