import { PolygraphError } from '#platform/errors';
import type { AnalyticsEvent } from '#stores/mongo/events';
import { exists, oneOf, range, type TenantMongo } from '#stores/mongo/index';
import type { FunnelStepInput, QueryFunnelArgs } from '../generated/resolvers.ts';
import { EVENT_DAYS, within } from '../limits.ts';
import type { FunnelModel } from '../models.ts';
import { checkSpan } from './span.ts';

/**
 * Goes through the events once, in the order of their time, and moves each
 * person on by one step where the event is the one that is next for them: one
 * command, exact, and no more kept than a number for each person.
 */
export async function funnel(mongo: TenantMongo, { steps, from, to }: QueryFunnelArgs): Promise<FunnelModel> {
  within('steps', steps.length, 2, 5);
  const span = checkSpan({ from, to }, EVENT_DAYS);
  const events = await mongo.collection('analytics_events').find(
    {
      at: range({ gte: span.from, lt: span.to }),
      kind: oneOf([...new Set(steps.map(({ kind }) => kind))]),
      userId: exists(true),
    },
    {
      fields: ['userId', 'kind', 'contentId'],
      sort: [
        ['at', 1],
        ['id', 1],
      ],
      limit: MOST_EVENTS + 1,
    },
  );
  if (events.length > MOST_EVENTS) throw tooMany();
  const people = countPeople(steps, events);
  const [first = 0] = people;
  return {
    steps: steps.map(({ kind, contentId }, index) => ({
      ...{ kind, contentId: contentId ?? undefined, people: people[index] ?? 0 },
      share: first === 0 ? 0 : (people[index] ?? 0) / first,
    })),
  };
}

/** @returns for each step, how many came at least this far */
export function countPeople(
  steps: readonly FunnelStepInput[],
  events: readonly Pick<AnalyticsEvent, 'userId' | 'kind' | 'contentId'>[],
): number[] {
  const taken = new Map<string, number>();
  for (const { userId, kind, contentId } of events) {
    if (userId === undefined) continue;
    const next = steps[taken.get(userId) ?? 0];
    const fits = next?.kind === kind && (next.contentId == null || next.contentId.toLowerCase() === contentId);
    if (fits) taken.set(userId, (taken.get(userId) ?? 0) + 1);
  }
  return steps.map((_, index) => [...taken.values()].filter((count) => count > index).length);
}

const MOST_EVENTS = 50_000;

const tooMany = (): PolygraphError =>
  new PolygraphError('LIMIT_EXCEEDED', `There are more than ${MOST_EVENTS} such events; ask for a shorter time.`, {
    facts: { argument: 'to', limit: MOST_EVENTS },
  });
