import { z } from 'zod';
import { DAY_MS } from '#platform/durations';
import { PolygraphError } from '#platform/errors';
import { isUuid } from '../../../runtime/ids.ts';
import type { MutationAllowSharedUseArgs } from '../../generated/resolvers.ts';
import { check, optional, text } from '../../input.ts';

const PURPOSE = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'has 1 to 63 of a-z, 0-9 and inner hyphens');
const LONGEST_MS = 366 * DAY_MS;
const SOON = (at: Date): boolean => at.getTime() > Date.now() && at.getTime() < Date.now() + LONGEST_MS;

export const SHARING_RULE = z.object({
  contextId: z.string(),
  memoryId: optional(z.string()),
  tag: optional(text(60).pipe(z.string().min(1, 'is empty'))),
  purpose: PURPOSE,
  granteeId: z.uuid('is no id of a tenant').transform((id) => id.toLowerCase()),
  expiresAt: z.date().refine(SOON, 'is not within the next 366 days'),
});

/** @throws PolygraphError BAD_USER_INPUT */
export const checkPurpose = (purpose: string): string => check(z.object({ purpose: PURPOSE }), { purpose }).purpose;

/** @returns as `sharing_access` keeps it. @throws PolygraphError BAD_USER_INPUT unless one of the two is given */
export function subjectOf({ role, principal }: Omit<MutationAllowSharedUseArgs, 'purpose'>): string {
  if (role && !principal) return `role:${role}`;
  if (!principal || role) throw new PolygraphError('BAD_USER_INPUT', 'Give `role`, or `principal`: one of the two.');
  if (!isUuid(principal.id)) throw new PolygraphError('BAD_USER_INPUT', '`principal.id` is no id.');
  return `${principal.kind === 'USER' ? 'user' : 'apiKey'}:${principal.id.toLowerCase()}`;
}
