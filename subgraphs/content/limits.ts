import { PolygraphError } from '#platform/errors';

/** Days of events that one question may span, and the age an event may have when it is recorded. */
export const EVENT_DAYS = 90;

/** A number within its bounds. @throws PolygraphError LIMIT_EXCEEDED that names them */
export function within(name: string, value: number | null, from: number, to: number): number {
  if (value !== null && Number.isInteger(value) && value >= from && value <= to) return value;
  throw new PolygraphError('LIMIT_EXCEEDED', `\`${name}\` is from ${from} to ${to}; got ${value}.`, {
    facts: { argument: name, limit: to, given: value },
  });
}

export const daysWithin = (days: number | null): number => within('days', days, 1, EVENT_DAYS);
