import { type GraphQLSchema, parse } from 'graphql';
import { type Ask, askingOf } from './asking.ts';
import { createCoverage } from './coverage.ts';
import { addToHarvest, type Harvest, walkAnswer } from './harvest.ts';
import { drawVariables, type RandomOperation, randomOperation } from './operations.ts';
import { pathToUnseen } from './paths.ts';
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
 * the next ones ask for. First random ones, then those that lead to what these did not find.
 *
 * @throws Error where a tenant finds next to nothing: questions without real values would prove nothing
 */
export async function harvestAll({ inhabited, attackers, victims }: Worlds, schema: GraphQLSchema): Promise<Harvests> {
  const harvests = new Map([...attackers, ...victims].map((one) => [one, new Map() as Harvest]));
  const ask = askingOf(inhabited);
  const turns = createTurns();
  const coverage = createCoverage(schema, UNSTABLE);
  for (let document = 0; document < RANDOM_DOCUMENTS + AIMED_DOCUMENTS; document += 1) {
    // The same for all tenants, and planned once: its text must not hold a tenant's value.
    const random = createRandom(document);
    const isAimed = document >= RANDOM_DOCUMENTS;
    const path = isAimed ? pathToUnseen({ schema, coverage, turns }, 'query', random) : undefined;
    const way = path ? { path } : { maxDepth: 4 };
    const operation = randomOperation({ schema, pool: NOBODY, random, turns, ...way, unstable: UNSTABLE });
    await Promise.all(
      [...harvests].map(async ([who, harvest]) => {
        const answered = await harvestOne({ ask, schema, who, harvest, operation, document });
        for (const field of answered) coverage.saw(field);
      }),
    );
  }
  await ask.close();
  for (const [{ tier, id }, { size }] of harvests) {
    if (size < FEWEST) throw new Error(`Tenant ${id} (${tier}) saw values of ${size} fields of itself, not ${FEWEST}.`);
  }
  return harvests;
}

interface Harvesting {
  readonly ask: Ask;
  readonly schema: GraphQLSchema;
  readonly who: Inhabitant;
  readonly harvest: Harvest;
  readonly operation: RandomOperation;
  /** Its number. */
  readonly document: number;
}

/** @returns the fields that were answered */
async function harvestOne({ ask, schema, who, harvest, operation, document }: Harvesting): Promise<Set<string>> {
  const { tenant } = who;
  const pool = { ...NOBODY, own: harvest, others: harvest, words: WORDS };
  const variables = drawVariables(operation, pool, createRandom(document));
  // The ids of a request follow from its own, that of its assertion too, which is good for one use.
  const requestId = `harvest-${document}-${tenant.id}`;
  const reply = await ask({ to: 'gateway', tenant, caller: 'OWNER', text: operation.text, variables, requestId });
  const { data } = JSON.parse(reply.text) as { data?: unknown };
  const answered = new Set<string>();
  walkAnswer(schema, parse(operation.text), data, (name, value) => {
    answered.add(name);
    addToHarvest(harvest, name, value);
  });
  return answered;
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
const RANDOM_DOCUMENTS = 60;
const AIMED_DOCUMENTS = 160;
/** Fields of the graph with a value. */
const FEWEST = 50;
