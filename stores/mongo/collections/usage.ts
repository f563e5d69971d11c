import { collection } from '../spec.ts';

/** Which models were used, for how much, and what was agreed to spend. */
export const USAGE_COLLECTIONS = {
  /** The truth about which model was used, by whom and for how much; `ai_usage_daily` is summed from it. */
  ai_model_usage: collection({
    key: ['idempotencyKey'],
    fields: {
      id: { kind: 'uuid' },
      model: { kind: 'text' },
      principalKind: { kind: 'principalKind' },
      principalId: { kind: 'text' },
      contentId: { kind: 'uuid', optional: true },
      tokensIn: { kind: 'int' },
      tokensOut: { kind: 'int' },
      /** Millionths of one unit of money. */
      costMicros: { kind: 'int' },
      at: { kind: 'date' },
      /** The UTC day of `at`. */
      day: { kind: 'day' },
      idempotencyKey: { kind: 'text' },
    },
    indexes: [{ fields: ['idempotencyKey'], unique: true }, { fields: ['id'], unique: true }, { fields: ['day'] }],
  }),
  ai_usage_daily: collection({
    // The model comes last: it is the one part that may hold a slash.
    key: ['day', 'principalKind', 'principalId', 'model'],
    fields: {
      day: { kind: 'day' },
      principalKind: { kind: 'principalKind' },
      principalId: { kind: 'text' },
      model: { kind: 'text' },
      calls: { kind: 'int' },
      tokensIn: { kind: 'int' },
      tokensOut: { kind: 'int' },
      costMicros: { kind: 'int' },
    },
    indexes: [{ fields: ['day', 'principalKind', 'principalId', 'model'], unique: true }],
  }),
  /** What the tenant means to spend in a day or a month. */
  ai_budgets: collection({
    key: ['period'],
    fields: {
      period: { kind: 'budgetPeriod' },
      limitMicros: { kind: 'int' },
      /** Of the limit, at which a warning is raised. */
      warnPercent: { kind: 'int' },
      setAt: { kind: 'date' },
      /** Absent where an API key or a service set it. */
      setBy: { kind: 'uuid', optional: true },
    },
    indexes: [{ fields: ['period'], unique: true }],
  }),
  /** That a budget was nearly or wholly spent: once for each day or month, by the key. */
  ai_budget_alerts: collection({
    key: ['period', 'startsOn', 'level'],
    fields: {
      id: { kind: 'uuid' },
      period: { kind: 'budgetPeriod' },
      startsOn: { kind: 'day' },
      level: { kind: 'budgetLevel' },
      limitMicros: { kind: 'int' },
      /** When it was raised. */
      spentMicros: { kind: 'int' },
      raisedAt: { kind: 'date' },
      /** When the audit was told of it. */
      toldAt: { kind: 'date', optional: true },
    },
    indexes: [{ fields: ['period', 'startsOn', 'level'], unique: true }, { fields: ['raisedAt'] }],
  }),
} as const;
