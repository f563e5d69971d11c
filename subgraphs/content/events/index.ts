import { heldBytes } from '#stores/mongo/attachments';
import { lastDays } from '#stores/mongo/days';
import { exists, range } from '#stores/mongo/index';
import type { EventRecorder } from '#stores/mongo/recorder';
import type { Resolvers } from '../generated/resolvers.ts';
import { daysWithin, within } from '../limits.ts';
import { funnel } from './funnel.ts';
import { listEvents } from './list.ts';
import { topPeople } from './people.ts';
import { comparePeriods } from './periods.ts';
import { recordEvent } from './record.ts';
import { recordEvents } from './record-many.ts';
import { eventSeries } from './series.ts';
import { topContents } from './top.ts';
import { eventValues } from './values.ts';

/** What happened to documents, by whom, and how much. */
export function createEventResolvers(
  recorder: EventRecorder,
  now: () => Date,
): Pick<Resolvers, 'Query' | 'Mutation' | 'AnalyticsEvent' | 'FunnelStep' | 'User' | 'Tenant'> {
  return {
    Query: {
      events: (_root, args, { stores }) => listEvents(stores.mongo, args, now()),
      eventSeries: (_root, args, { stores }) => eventSeries(stores.mongo, args),
      funnel: (_root, args, { stores }) => funnel(stores.mongo, args),
      topContents: (_root, { days, first, by }, { stores }) =>
        topContents(stores.mongo, { days: daysWithin(days), first, by: by ?? 'VIEWS' }, now()),
      topPeople: (_root, { days, first }, { stores }) => topPeople(stores.mongo, daysWithin(days), first, now()),
      eventValues: (_root, args, { stores }) => eventValues(stores.mongo, args),
      comparePeriods: (_root, args, { stores }) => comparePeriods(stores.mongo, args),
    },
    Mutation: {
      recordEvent: (_root, { input }, context) => recordEvent(recorder, input, context, now()),
      recordEvents: (_root, { inputs }, context) => recordEvents(recorder, inputs, context, now()),
    },
    AnalyticsEvent: {
      content: ({ contentId }) => (contentId ? { id: contentId } : null),
      user: ({ userId }) => (userId ? { id: userId } : null),
      value: ({ value }) => value ?? null,
      properties: ({ properties }) => properties ?? null,
    },
    FunnelStep: {
      content: ({ contentId }) => (contentId ? { id: contentId } : null),
    },
    User: {
      __resolveReference: ({ id }) => ({ id }),
      recentEvents: ({ id }, { first }, { loaders }) => loaders.recentEvents.load(id, within('first', first, 1, 100)),
    },
    Tenant: {
      // Another tenant's id is answered as one that does not exist.
      __resolveReference: ({ id }, { tenant }) => (id === tenant.tenantId ? { id } : null),
      documentCount: (_tenant, _args, { stores }) =>
        stores.mongo.collection('content_documents').count({ deletedAt: exists(false) }),
      attachmentBytes: async (_tenant, _args, { stores }) => heldBytes(stores.mongo),
      eventCount(_tenant, { days }, { stores }) {
        const [from] = lastDays(daysWithin(days), now());
        return stores.mongo.collection('analytics_events').count({ day: range({ gte: from }) });
      },
    },
  };
}
