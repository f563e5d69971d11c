import { expect } from 'vitest';
import type { ErrorCode } from '#platform/errors';
import type { Answer } from './client.ts';

/** What a stranger is told: `says` are the names, limits and advice that the message holds. */
export interface Refusal {
  readonly status?: number;
  readonly code: ErrorCode;
  readonly says: readonly (string | RegExp)[];
}

/** Expects an answer that refuses, says why, and tells nothing of our insides. */
export function expectRefusal(answer: Answer, { status = 200, code, says }: Refusal): void {
  const [error] = answer.errors;
  expect({ status: answer.status, code: error?.extensions.code }, answer.text.slice(0, 500)).toEqual({ status, code });
  for (const part of says) expect(error?.message).toMatch(part);
  expect(error?.message.length).toBeLessThan(1_100);
  expect(String(error?.extensions.cure)).not.toBe('');
  expect(answer.text).not.toMatch(INSIDES);
}

const INSIDES =
  /INTERNAL|stack|node_modules|\.ts:|select .* from|prisma|mongoserver|neo4jerror|cypher|ECONN|127\.0\.0\.1|app\.tenant/i;
