import { collection } from '../spec.ts';

/** What happened to documents, and its roll-ups. */
export const ANALYTICS_COLLECTIONS = {
  /** The truth about what happened; `content_daily` is counted from it. */
  analytics_events: collection({
    key: ['idempotencyKey'],
    fields: {
      id: { kind: 'uuid' },
      kind: { kind: 'eventKind' },
      contentId: { kind: 'uuid', optional: true },
      userId: { kind: 'uuid', optional: true },
      at: { kind: 'date' },
      /** The UTC day of `at`. */
      day: { kind: 'day' },
      idempotencyKey: { kind: 'text' },
      /** What was measured, such as seconds of reading; its unit is the tenant's. */
      value: { kind: 'number', optional: true },
      properties: { kind: 'json', optional: true },
    },
    indexes: [
      { fields: ['idempotencyKey'], unique: true },
      { fields: ['id'], unique: true },
      { fields: ['at', 'id'] },
      { fields: ['contentId', 'at', 'id'] },
      { fields: ['userId', 'at', 'id'] },
      { fields: ['day', 'contentId', 'kind'] },
    ],
  }),
  content_daily: collection({
    key: ['contentId', 'day'],
    fields: {
      contentId: { kind: 'uuid' },
      day: { kind: 'day' },
      views: { kind: 'int' },
      clicks: { kind: 'int' },
      shares: { kind: 'int' },
      conversions: { kind: 'int' },
    },
    indexes: [{ fields: ['contentId', 'day'], unique: true }, { fields: ['day'] }],
  }),
  content_hourly: collection({
    key: ['contentId', 'hour'],
    fields: {
      contentId: { kind: 'uuid' },
      hour: { kind: 'hour' },
      /** That of `hour`, by which a day is rebuilt. */
      day: { kind: 'day' },
      views: { kind: 'int' },
      clicks: { kind: 'int' },
      shares: { kind: 'int' },
      conversions: { kind: 'int' },
    },
    indexes: [{ fields: ['contentId', 'hour'], unique: true }, { fields: ['day'] }],
  }),
  /** How many events were recorded on a day, whenever they happened: what the quota counts. */
  event_intake: collection({
    key: ['day'],
    fields: { day: { kind: 'day' }, events: { kind: 'int' } },
    indexes: [{ fields: ['day'], unique: true }],
  }),
  /** Events past their retention, as they were: lines of JSON, compressed. Roll-ups can still be counted from them. */
  analytics_archives: collection({
    key: ['day', 'part'],
    fields: {
      day: { kind: 'day' },
      part: { kind: 'int' },
      events: { kind: 'int' },
      /** Of the lines, lower-case hex. */
      sha256: { kind: 'text' },
      lines: { kind: 'bytes' },
      archivedAt: { kind: 'date' },
    },
    indexes: [{ fields: ['day', 'part'], unique: true }],
  }),
} as const;
