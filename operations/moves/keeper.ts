import type { Logger } from '#platform/log';
import { createRounds, type Rounds } from '#platform/rounds';
import type { Settings } from '#platform/settings';
import { MoveError, moveTenant } from '#stores/postgres/move/index';
import { listMoves } from '#stores/postgres/move/record';
import { type OnPrimary, sameServer } from '#stores/postgres/pool';
import { openPostgresProvision } from '#stores/postgres/provision';
import type { Environment } from '#tenancy/policy';

export interface MoveOptions {
  readonly url: string;
  readonly secrets: readonly [string, ...string[]];
  /** Of this installation: what is agreed with a tenant can differ from one to another. */
  readonly environment: Environment;
  readonly onPrimary?: OnPrimary;
  readonly log: Logger;
}

/** Looks after moves whose process is gone. */
export interface MoveKeeper extends Rounds {
  /** @returns slugs of the tenants whose move it finished */
  finish(): Promise<string[]>;
}

/**
 * A process that is killed between the two commits with which a database is left
 * leaves a tenant that no place serves. So moves that got as far as the switch
 * are gone on with wherever the relay runs; what stopped earlier serves in its
 * old place, and whether it is to go on is for whoever began it.
 */
export function createMoveKeeper({ everyMs = 5_000, ...options }: MoveOptions & { everyMs?: number }): MoveKeeper {
  const { secrets, onPrimary = sameServer, log } = options;
  const finish = async (): Promise<string[]> => {
    const url = onPrimary(options.url);
    const finished: string[] = [];
    for (const { tenantId, slug, to, step, finishedAt } of await listMoves(url, secrets)) {
      if (finishedAt || !(step === 'switching' || step === 'verifying')) continue;
      try {
        await moveTenant({ url, secrets, tenantId, to });
        await agreeAnew({ ...options, url }, tenantId);
        log.warn({ tenant: tenantId, to }, 'a move whose process was gone is finished');
        finished.push(slug);
      } catch (error) {
        // Its process is alive.
        if (!(error instanceof MoveError)) throw error;
        log.info({ tenant: tenantId, why: error.message }, 'a move is left alone');
      }
    }
    return finished;
  };
  const look = () => finish().catch((err: unknown) => log.warn({ err }, 'moves could not be looked after'));
  return { finish, ...createRounds(look, everyMs) };
}

export function openMoveKeeper(settings: Settings, onPrimary: OnPrimary, log: Logger): MoveKeeper {
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets, NODE_ENV: environment } = settings;
  return createMoveKeeper({ url, secrets, environment, onPrimary, log });
}

/** The limits are then those of the new tier, and what was agreed with the tenant. */
async function agreeAnew({ url, secrets, environment, log }: MoveOptions, tenantId: string): Promise<void> {
  const provision = openPostgresProvision({ url, secrets, log });
  try {
    const system = provision.dangerouslyAsSystem('a move was finished');
    await system.overridePolicy({ tenantId, layer: '*', changes: {}, environment });
  } finally {
    await provision.close();
  }
}
