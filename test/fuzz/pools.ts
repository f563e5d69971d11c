import { type GraphQLSchema, parse } from 'graphql';
import { type Ask, askingOf } from './asking.ts';
import { addToHarvest, type Harvest, walkAnswer } from './harvest.ts';
import { drawVariables, type RandomOperation, randomOperation } from './operations.ts';
import { createRandom } from './random.ts';
import { createTurns } from './turns.ts';
import { UNSTABLE } from './unstable.ts';
import type { ValuePool } from './values.ts';
import type { Inhabitant, Worlds } from './worlds/index.ts';

/** What each tenant sees of itself, found by asking as itself. */
export type Harvests = ReadonlyMap<Inhabitant, Harvest>;

/**
 * Asks as every tenant for what it has, with the same documents, so that later
 * questions can hold real ids and words of both sides: what one document finds,
 * the next ones ask for.
 *
 * @throws Error where a tenant finds next to nothing: questions without real values would prove nothing
 */
export async function harvestAll({ inhabited, attackers, victims }: Worlds, schema: GraphQLSchema): Promise<Harvests> {
  const harvests = new Map([...attackers, ...victims].map((one) => [one, new Map() as Harvest]));
  const ask = askingOf(inhabited);
  const turns = createTurns();
  for (let document = 0; document < DOCUMENTS; document += 1) {
    // The same for all tenants, and planned once: its text must not hold a tenant's value.
    const random = createRandom(document);
    const operation = randomOperation({ schema, pool: NOBODY, random, turns, maxDepth: 4, unstable: UNSTABLE });
    await Promise.all(
      [...harvests].map(([who, harvest]) => harvestOne(ask, schema, who, harvest, operation, document)),
    );
  }
  await ask.close();
  for (const [{ tier, id }, { size }] of harvests) {
    if (size < FEWEST) throw new Error(`Tenant ${id} (${tier}) saw values of ${size} fields of itself, not ${FEWEST}.`);
  }
  return harvests;
}

async function harvestOne(
  ask: Ask,
  schema: GraphQLSchema,
  { tenant }: Inhabitant,
  harvest: Harvest,
  operation: RandomOperation,
  document: number,
): Promise<void> {
  const pool = { ...NOBODY, own: harvest, others: harvest, words: WORDS };
  const variables = drawVariables(operation, pool, createRandom(document));
  // The ids of a request follow from its own, that of its assertion too, which is good for one use.
  const requestId = `harvest-${document}-${tenant.id}`;
  const reply = await ask({ to: 'gateway', tenant, caller: 'OWNER', text: operation.text, variables, requestId });
  const { data } = JSON.parse(reply.text) as { data?: unknown };
  walkAnswer(schema, parse(operation.text), data, (name, value) => addToHarvest(harvest, name, value));
}

/** What the attacker knows: all of its own, and of the victim whatever could be guessed, heard of or seen on a screen. */
export function poolOf(harvests: Harvests, attacker: Inhabitant, victim: Inhabitant): ValuePool {
  return {
    // The victim asks the same now and then, and must not be shown the attacker's secrets either.
    own: withoutSecrets(harvests.get(attacker) ?? new Map(), attacker.tenant.secret),
    others: withoutSecrets(harvests.get(victim) ?? new Map(), victim.tenant.secret),
    words: [...WORDS, ...[attacker, victim].flatMap(idempotencyKeys), attacker.tenant.canary, victim.tenant.canary],
    times: momentsAround(Date.now()),
  };
}

/** As test/kit/population.ts makes them: what no answer shows, and what two tenants must be able to share. */
const idempotencyKeys = ({ tenant, population }: Inhabitant): string[] =>
  population.contentIds.map((id) => `${tenant.canary}-${id}`);

function withoutSecrets(harvest: Harvest, secret: string): Harvest {
  const kept = [...harvest].map(([name, values]) => {
    const sayable = [...values].filter((value) => !String(value).includes(secret));
    return [name, new Set(sayable)] as const;
  });
  return new Map(kept.filter(([, values]) => values.size > 0));
}

/** Three before the events of the tenants and three around or after them. */
function momentsAround(now: number): string[] {
  const days = [-8, -2, -1, -1 / 24, 0, 1];
  return days.map((day) => new Date(now + day * 86_400_000).toISOString());
}

const WORDS = ['shared', 'shared-tag', 'shared topic', 'shared-topic', 'shared-keyword', 'fuzz-key-1', 'fuzz-key-2'];
const NOBODY: ValuePool = { own: new Map(), others: new Map(), words: ['shared'], times: momentsAround(Date.now()) };
const DOCUMENTS = 80;
/** Fields of the graph with a value. */
const FEWEST = 50;
