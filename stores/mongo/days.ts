import { DAY_MS } from '#platform/durations';
/** Calendar days in UTC, written 2026-01-31, so that they sort as text. */
export function utcDay(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** The hour of UTC, written 2026-01-31T13. */
export function utcHour(at: Date): string {
  return at.toISOString().slice(0, 13);
}

export function startOfHour(hour: string): Date {
  return new Date(`${hour}:00:00.000Z`);
}

/** The last `count` hours, oldest first, that of `now` included. */
export function lastHours(count: number, now: Date): string[] {
  const current = startOfHour(utcHour(now)).getTime();
  return Array.from({ length: count }, (_, index) => utcHour(new Date(current - (count - 1 - index) * HOUR_MS)));
}

export function startOfDay(day: string): Date {
  return new Date(`${day}T00:00:00.000Z`);
}

/** The last `count` days, oldest first, the day of `now` included. */
export function lastDays(count: number, now: Date): string[] {
  const today = startOfDay(utcDay(now)).getTime();
  return Array.from({ length: count }, (_, index) => utcDay(new Date(today - (count - 1 - index) * DAY_MS)));
}

/** From one day to another, both included, oldest first. */
export function daysBetween(from: string, to: string): string[] {
  const count = Math.round((startOfDay(to).getTime() - startOfDay(from).getTime()) / DAY_MS) + 1;
  return lastDays(Math.max(0, count), startOfDay(to));
}

const HOUR_MS = 3_600_000;
