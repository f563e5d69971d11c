import { openAuditKeeper } from '#operations/audit/index';
import { openFederationKeeper } from '#operations/federation/keeper';
import { createDocumentKeeper } from '#operations/moves/documents';
import { openMoveKeeper } from '#operations/moves/keeper';
import { openRedisUserKeeper } from '#operations/moves/redis-users';
import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import type { OnPrimary } from '#stores/postgres/pool';
import type { Stores } from '#stores/stores';
import { openUpkeep } from '../upkeep/index.ts';

export interface Keepers {
  start(): void;
  stop(): Promise<void>;
}

export interface KeepersOptions {
  readonly settings: Settings;
  /** As of the relay, which no request waits for. */
  readonly stores: Pick<Stores, 'forTenant' | 'redis'>;
  readonly onPrimary: OnPrimary;
  readonly log: Logger;
}

/**
 * What works by itself wherever the relay runs: anchors of the audit, moves whose process is gone, documents that follow
 * the tier, users of Redis that a tenant no longer needs, retention, and rounds of federated learning.
 */
export function openKeepers({ settings, stores, onPrimary, log }: KeepersOptions): Keepers {
  const keepers = [
    openAuditKeeper(settings, onPrimary, log),
    openMoveKeeper(settings, onPrimary, log),
    createDocumentKeeper({ settings, onPrimary, log }),
    openRedisUserKeeper({ settings, redis: stores.redis, onPrimary, log }),
    openUpkeep({ settings, stores, onPrimary, log }),
    openFederationKeeper(settings, onPrimary, log),
  ];
  return {
    start() {
      for (const keeper of keepers) keeper.start();
    },
    async stop() {
      for (const keeper of keepers) await keeper.stop();
    },
  };
}
