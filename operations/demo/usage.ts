import { hashFraction } from '#operations/import/ids';
import { DAY_MS } from '#platform/durations';
import type { NewOptimization } from '#stores/mongo/optimizations';
import type { NewUsage } from '#stores/mongo/usage';
import { contentIdOf, type DemoTenant, writersOf } from './cast.ts';

/**
 * What the writers of a tenant used models for, after `from`, up to and
 * including `to`: drawn from hashes, so that the same span gives the same uses.
 */
export function* demoUsage(tenant: DemoTenant, slugs: readonly string[], from: Date, to: Date): Generator<NewUsage> {
  for (let day = dayOf(from); day <= dayOf(to); day += 1) {
    const uses = 2 + Math.floor(hashFraction('uses', tenant.id, day) * 4);
    for (let number = 0; number < uses; number += 1) {
      const usage = usageOf(tenant, slugs, `demo:${tenant.slug}:${day}:use-${number}`, day);
      if (usage.at > from && usage.at <= to) yield usage;
    }
  }
}

/** One that was accepted, one that was rejected and one that waits, for each document. */
export function demoSuggestions(tenant: DemoTenant, slugs: readonly string[], createdAt: Date): NewOptimization[] {
  return slugs.flatMap((slug) =>
    SUGGESTIONS.map(([aspect, suggestion]) => {
      const idempotencyKey = `demo:${slug}:${aspect}`;
      const scoreBefore = 30 + Math.floor(hashFraction('before', tenant.id, idempotencyKey) * 40);
      const scoreAfter = scoreBefore + 5 + Math.floor(hashFraction('after', tenant.id, idempotencyKey) * 25);
      const made = { contentId: contentIdOf(tenant.id, slug), model: MODELS[0].model, createdAt, idempotencyKey };
      return { ...made, aspect, suggestion, scoreBefore, scoreAfter };
    }),
  );
}

const SUGGESTIONS = [
  ['TITLE', 'Name in the title what the reader will be able to do.'],
  ['SUMMARY', 'Say in the first sentence for whom it is and what it replaces.'],
  ['STRUCTURE', 'Show an example before the list of options.'],
] as const;

/** Invented, with a price in millionths for a thousand tokens. */
const MODELS = [
  { model: 'scribe-large', price: 9_000 },
  { model: 'scribe-small', price: 600 },
  { model: 'open/embedder-2', price: 40 },
] as const;

function usageOf(tenant: DemoTenant, slugs: readonly string[], key: string, day: number): NewUsage {
  const drawn = (what: string): number => hashFraction(what, key);
  const pick = <T>(items: readonly T[], what: string): T | undefined => items[Math.floor(drawn(what) * items.length)];
  const { model, price } = pick(MODELS, 'model') ?? MODELS[0];
  const writer = pick(writersOf(tenant), 'writer');
  const slug = pick(slugs, 'slug');
  if (!writer) throw new Error(`The demo tenant ${tenant.slug} has nobody who writes.`);
  const tokensIn = 500 + Math.floor(drawn('in') * 6_000);
  const tokensOut = 100 + Math.floor(drawn('out') * 1_500);
  return {
    ...{ idempotencyKey: key, model, tokensIn, tokensOut },
    costMicros: Math.round(((tokensIn + 3 * tokensOut) * price) / 1_000),
    ...{ principalKind: 'user', principalId: writer.userId },
    contentId: slug === undefined ? undefined : contentIdOf(tenant.id, slug),
    at: new Date(Math.round((day + drawn('time')) * DAY_MS)),
  };
}

const dayOf = (at: Date): number => Math.floor(at.getTime() / DAY_MS);
