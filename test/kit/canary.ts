import type { Population } from './population.ts';
import type { TestTenant } from './tenants.ts';
import type { Reply } from './wire.ts';

/** Whose bytes nobody else may see. */
export interface Victim {
  readonly tenant: TestTenant;
  readonly has: Population;
}

/** What one attack sent and all that its sender could read afterwards. */
export interface Exchange {
  readonly sent: string;
  readonly reply: Reply;
  /** Lines of the product's log that speak of the request or of the attacker. */
  readonly log: readonly string[];
}

export interface LeakOptions {
  /** What the attacker sent may stand in the data too: it named something of its own so. */
  readonly echoes?: boolean;
}

/**
 * The oracle of the attack suite: every value that the victim ever wrote holds a
 * canary, every row has an id, and none of these bytes may be in anything that
 * the attacker reads. Bytes that it sent itself may come back in errors, never
 * in data (unless it made something by that name, see `echoes`).
 *
 * @returns what was seen where; empty where nothing leaked
 */
export function leaksOf(victim: Victim, exchange: Exchange, { echoes = false }: LeakOptions = {}): readonly string[] {
  const { data, errors, extensions } = exchange.reply.body ?? {};
  const places: readonly (readonly [place: string, text: string, mayEcho: boolean])[] = [
    ['headers or trailers', exchange.reply.envelope, false],
    ['data', JSON.stringify(data ?? null), echoes],
    ['errors', JSON.stringify([errors ?? [], extensions ?? {}]), true],
    // An answer that is no GraphQL at all.
    ['body', exchange.reply.body ? '' : exchange.reply.text, true],
    ['log', exchange.log.join('\n'), false],
  ];
  const sent = readable(exchange.sent);
  return places.flatMap(([place, text, mayEcho]) => {
    return canariesIn(victim, text)
      .filter((needle) => !(mayEcho && sent.includes(needle)))
      .map((needle) => `${place}: ${needle}`);
  });
}

/** What of the victim's stands in any text, such as /metrics. */
export function canariesIn(victim: Victim, text: string): readonly string[] {
  const seen = readable(text);
  return needlesOf(victim).filter((needle) => seen.includes(needle));
}

/** In lower case: canary, secret, and every id with and without dashes (names of schemas have none). */
function needlesOf({ tenant, has }: Victim): readonly string[] {
  const ids = [
    tenant.id,
    ...Object.values(tenant.userIds),
    ...has.contentIds,
    ...has.topicIds,
    ...has.keywordIds,
    ...has.ideaIds,
    ...has.eventIds,
    ...has.optimizationIds,
    ...has.memoryIds,
    ...has.offloadedIds,
    ...has.attachmentIds,
  ];
  return [tenant.canary, tenant.secret, ...ids, ...ids.map((id) => id.replaceAll('-', ''))];
}

/** The text, and behind it what its base64 and percent-encoded parts mean: a cursor could carry a canary, too. */
function readable(text: string): string {
  const encoded = text.match(/[A-Za-z0-9+/_-]{16,}={0,2}/g) ?? [];
  const decoded = encoded.map((part) => Buffer.from(part, 'base64').toString('latin1'));
  const unescaped = text.replace(/%[0-9a-f]{2}/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
  return [text, unescaped, ...decoded].join('\n').toLowerCase();
}
