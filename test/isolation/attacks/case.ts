import { randomUUID } from 'node:crypto';
import type { SubgraphName } from '#schema/subgraphs';
import type { Way } from '#test/kit/attack-world';
import type { Victim } from '#test/kit/canary';

/** One attack that is an operation: sent as the attacker, with what the victim has in its variables. */
export interface AttackCase {
  /** Of docs/attacks.md. */
  readonly id: string;
  readonly name: string;
  /** Whose fields it selects: sent through the gateway, and to this subgraph's own port. */
  readonly subgraph: SubgraphName;
  readonly query: string;
  /** @param their the names and ids of the victim, or of nobody @param own those of the attacker */
  readonly variables?: (their: Names, own: Names) => Readonly<Record<string, unknown>>;
  readonly must: Must;
  /** Both where absent. */
  readonly only?: Way;
}

/**
 * - `like nobody`: the same answer as for names and ids that never were
 * - `refused`: an error of the request, and no data
 * - `harmless`: data or a typed error, whatever was sent
 * - `data`: exactly this; where it `echoes`, names that the attacker gave to something of its own
 */
export type Must =
  | { readonly kind: 'like nobody' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'harmless' }
  | { readonly kind: 'data'; readonly echoes?: boolean; readonly data: (own: Names, their: Names) => unknown };

export const LIKE_NOBODY: Must = { kind: 'like nobody' };
export const REFUSED: Must = { kind: 'refused' };
export const HARMLESS: Must = { kind: 'harmless' };

/** What an attacker may know of a tenant. */
export interface Names {
  readonly tenantId: string;
  readonly canary: string;
  readonly userId: string;
  readonly contentId: string;
  readonly topicId: string;
  readonly keywordId: string;
  readonly conceptId: string;
  readonly audienceId: string;
  readonly competitorId: string;
  readonly eventId: string;
  readonly optimizationId: string;
  readonly memoryId: string;
  readonly executionContextId: string;
  readonly attachmentId: string;
}

export function namesOf({ tenant, has }: Victim): Names {
  const [conceptId = '', audienceId = '', competitorId = ''] = has.ideaIds;
  return {
    tenantId: tenant.id,
    canary: tenant.canary,
    userId: tenant.userIds.OWNER,
    contentId: has.contentIds[1] ?? '',
    topicId: has.topicIds[0] ?? '',
    keywordId: has.keywordIds[0] ?? '',
    ...{ conceptId, audienceId, competitorId },
    eventId: has.eventIds[0] ?? '',
    optimizationId: has.optimizationIds[1] ?? '',
    memoryId: has.memoryIds[0] ?? '',
    executionContextId: has.executionContextId,
    attachmentId: has.attachmentIds[1] ?? '',
  };
}

/** Names of the same form that nothing bears. */
export function namesOfNobody(): Names {
  const id = randomUUID();
  return {
    tenantId: id,
    canary: `canary${id.replaceAll('-', '')}`,
    userId: randomUUID(),
    contentId: randomUUID(),
    topicId: randomUUID(),
    keywordId: randomUUID(),
    conceptId: randomUUID(),
    audienceId: randomUUID(),
    competitorId: randomUUID(),
    eventId: randomUUID(),
    optimizationId: randomUUID(),
    memoryId: randomUUID(),
    executionContextId: randomUUID(),
    attachmentId: randomUUID(),
  };
}
