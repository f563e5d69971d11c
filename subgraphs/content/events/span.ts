import { DAY_MS } from '#platform/durations';
import { PolygraphError } from '#platform/errors';
import { wrongInput } from '../input.ts';

export interface Span {
  readonly from: Date;
  readonly to: Date;
}

/** @throws PolygraphError where the span is none, or longer than `days` */
export function checkSpan({ from, to }: Span, days: number): Span {
  if (from >= to) throw wrongInput('`from` has to be before `to`.');
  if (to.getTime() - from.getTime() <= days * DAY_MS) return { from, to };
  throw new PolygraphError('LIMIT_EXCEEDED', `\`from\` to \`to\` spans at most ${days} days.`, {
    facts: { argument: 'to', limit: days },
  });
}
