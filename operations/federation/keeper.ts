import type { Logger } from '#platform/log';
import { createRounds } from '#platform/rounds';
import type { Settings } from '#platform/settings';
import { type FederationStore, openFederationStore } from '#stores/postgres/federation/index';
import type { OnPrimary } from '#stores/postgres/pool';
import { type RandomSource, secureRandom } from '#subgraphs/relational/memory/federated/privacy/random';
import { type DecisionRules, decideRound } from './decide.ts';

export interface FederationKeeper {
  start(): void;
  /** Decides what is due now. @returns how many rounds */
  tick(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * Decides rounds of federated learning, where the relay runs; any number of processes may. Nobody who asks for a release
 * waits for it: how long noise takes to draw tells how large it is.
 */
export function openFederationKeeper(settings: Settings, onPrimary: OnPrimary, log: Logger): FederationKeeper {
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets, FEDERATION_MIN_PARTICIPANTS: fewest } = settings;
  return createFederationKeeper({ store: openFederationStore({ url, secrets, onPrimary, log }), fewest, log });
}

export interface FederationKeeperOptions extends Pick<DecisionRules, 'fewest'> {
  readonly store: FederationStore;
  readonly log: Logger;
  readonly random?: RandomSource;
  readonly everyMs?: number;
}

export function createFederationKeeper(options: FederationKeeperOptions): FederationKeeper {
  const { store, fewest, log, random = secureRandom(), everyMs = 1_000 } = options;
  const tick = async (): Promise<number> => {
    await store.countParticipants();
    await store.forgetCancelled();
    let decided = 0;
    for (const round of await store.due()) {
      // One that cannot be decided holds up no other.
      const done = await store
        .decide(round, (facts) => decideRound(facts, { random, fewest }))
        .catch((err: unknown) => log.error({ err, session: round.sessionId }, 'a round could not be decided'));
      if (done) decided += 1;
    }
    return decided;
  };
  const work = () =>
    tick().catch((err: unknown) => log.warn({ err }, 'rounds of federated learning wait; trying again'));
  const rounds = createRounds(work, everyMs);
  return {
    start: rounds.start,
    tick,
    async stop() {
      await rounds.stop();
      await store.close();
    },
  };
}
