import type { Logger } from '#platform/log';
import { listenToOutbox } from '../outbox/listener.ts';
import { urlOfRole } from '../roles.ts';
import { at, createKnownServers, type KnownServers, type KnownServersOptions } from './known-servers.ts';

/** What the operator decides about the servers of an installation. */
export interface RegistryOptions extends Pick<KnownServersOptions, 'standbys' | 'balancer' | 'health' | 'checkMs'> {
  /** The registry is read when it changes; and so often besides, where that was missed. */
  reloadMs?: number;
  /** How long a tenant that has written reads from the primary alone. */
  readAfterWriteMs?: number;
}

export interface OpenRegistryOptions
  extends Pick<KnownServersOptions, 'url' | 'secrets' | 'appUrl' | 'poolSize' | 'timeoutMs'> {
  registry: RegistryOptions;
  log: Logger;
}

/** The servers of the installation, kept up to date: a row of the registry that changes is taken up without a restart. */
export function openRegistry({ registry, ...options }: OpenRegistryOptions): KnownServers {
  const { standbys, balancer, health, checkMs, reloadMs = 30_000 } = registry;
  const { group, reload, close } = createKnownServers({ ...options, standbys, balancer, health, checkMs });
  const { url, secrets, log } = options;
  const connection = () => ({
    connectionString: urlOfRole(at(url, group.primary().record), 'provision', secrets),
    application_name: 'polygraph registry',
  });
  const listener = listenToOutbox(connection, () => void reload(), log, 'polygraph_connections');
  const timer = setInterval(() => void reload(), reloadMs).unref();
  return {
    group,
    reload,
    async close() {
      clearInterval(timer);
      await listener.close();
      await close();
    },
  };
}
