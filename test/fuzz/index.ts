import type { GraphQLSchema } from 'graphql';
import { apiSchemaOf } from '#schema/api';
import { readSupergraph, SUBGRAPHS } from '#schema/subgraphs';
import { type Ask, askingOf } from './asking.ts';
import { createCorpus } from './corpus.ts';
import { createCoverage } from './coverage.ts';
import { entityDoorOf } from './entities.ts';
import { minimiseFinding } from './explain.ts';
import { type Harvests, harvestAll, poolOf } from './pools.ts';
import { createRandom } from './random.ts';
import { runReads } from './reads.ts';
import type { Counts, Finding, Round, Run } from './round.ts';
import { createTurns } from './turns.ts';
import { UNSTABLE } from './unstable.ts';
import type { Worlds } from './worlds/index.ts';
import { runWrites } from './writes.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly seconds?: number;
  /** Ends after so many, or after the seconds, whichever comes first. */
  readonly operations?: number;
  readonly signal?: AbortSignal;
  /** Every few seconds. */
  readonly progress?: (line: string) => void;
  /** In front of a world: how a test plants a leak. */
  readonly wrap?: (ask: Ask, world: 'inhabited' | 'alone') => Ask;
  /** Told of each finding as soon as it is as small as it gets. */
  readonly onFinding?: (finding: Finding) => void;
  readonly maxFindings?: number;
}

export interface FuzzResult {
  readonly seed: number;
  readonly seconds: number;
  readonly counts: Counts;
  /** 0 to 1: fields of the graph that were answered with something. */
  readonly coverage: number;
  /** The same of the fields that a tenant may be answered with. */
  readonly coverageOfTenants: number;
  readonly missing: readonly string[];
  /** The smallest questions that show them. */
  readonly findings: readonly Finding[];
}

/** Two worlds and what their tenants were found to hold; fuzzed as often as one likes. */
export interface Fuzzer {
  run(options: FuzzOptions): Promise<FuzzResult>;
}

export async function createFuzzer(worlds: Worlds): Promise<Fuzzer> {
  const schema = apiSchemaOf(readSupergraph());
  const harvests = await harvestAll(worlds, schema);
  return { run: (options) => fuzz(worlds, schema, harvests, options) };
}

/**
 * Rounds of one attacker and one victim, every pair of tiers in turn: reads,
 * then writes. Ends with the time, the count, the signal or too many findings.
 */
async function fuzz(
  worlds: Worlds,
  schema: GraphQLSchema,
  harvests: Harvests,
  { seed, seconds = Number.POSITIVE_INFINITY, operations = Number.POSITIVE_INFINITY, ...options }: FuzzOptions,
): Promise<FuzzResult> {
  const { signal, wrap = (ask) => ask, maxFindings = 5 } = options;
  const { progress = () => undefined, onFinding = () => undefined } = options;
  const sockets = { inhabited: askingOf(worlds.inhabited), alone: askingOf(worlds.alone) };
  const counts: Counts = {
    operations: 0,
    documents: 0,
    mutations: 0,
    entities: 0,
    ofVictims: 0,
    busy: 0,
    unanswered: 0,
    raced: 0,
    refused: 0,
  };
  const coverage = createCoverage(schema, UNSTABLE);
  const found: Finding[] = [];
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const run: Run = {
    ...{ worlds, schema, coverage, counts, turns: createTurns(), sent: new Map() },
    reads: createCorpus({ least: 256, most: 600, share: 0.1 }),
    writes: createCorpus({ least: 96, most: 200, share: 0.2 }),
    doors: SUBGRAPHS.flatMap((name) => entityDoorOf(name) ?? []),
    asks: { inhabited: wrap(sockets.inhabited, 'inhabited'), alone: wrap(sockets.alone, 'alone') },
    isOver: () =>
      found.length >= maxFindings || elapsed() > seconds || counts.operations >= operations || signal?.aborted === true,
    report: (finding) => void found.push(finding),
  };
  const findings: Finding[] = [];
  const line = (): string => {
    const rate = (counts.operations / elapsed()).toFixed(0);
    return `${counts.operations} operations, ${rate}/s, ${(coverage.shareOfTenants * 100).toFixed(1)} % of fields, ${findings.length} findings`;
  };
  const random = createRandom(seed);
  for (let number = 0; !run.isOver(); number += 1) {
    const round = roundOf(worlds, harvests, number, `fuzz-${seed}-${number}`, random.fork());
    // Request ids begin with the name of their round.
    run.sent.clear();
    await runReads(run, round);
    if (!run.isOver()) await runWrites(run, round);
    // One of a round is enough: what fails twenty times over is one fault.
    const [first] = found.splice(0);
    if (first) {
      const smallest = await minimiseFinding({ ...run, report: () => undefined }, round, first);
      findings.push(smallest);
      onFinding(smallest);
    }
    progress(line());
    if (findings.length >= maxFindings) break;
  }
  await Promise.all([sockets.inhabited.close(), sockets.alone.close()]);
  const { share, shareOfTenants, missing } = coverage;
  return { seed, seconds: elapsed(), counts, coverage: share, coverageOfTenants: shareOfTenants, missing, findings };
}

/** All sixteen pairs of tiers, in turn. */
function roundOf(worlds: Worlds, harvests: Harvests, number: number, name: string, random: Round['random']): Round {
  const { attackers, victims } = worlds;
  const attacker = attackers[number % attackers.length];
  const victim = victims[(number + Math.floor(number / attackers.length)) % victims.length];
  if (!attacker || !victim) throw new TypeError('There is nobody in these worlds.');
  return { attacker, victim, pool: poolOf(harvests, attacker, victim), random, name };
}
