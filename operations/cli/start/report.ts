import type { LocalStoreRow } from '#stores/local/index';
import { inSeconds, table } from '../table.ts';
import type { LocalInstallation } from './local.ts';

export function storeTable(rows: readonly LocalStoreRow[]): string {
  return table([
    ['STORE', 'RUNS', 'ADDRESS', 'PROCESS', 'STARTED IN', 'DATA'],
    ...rows.map(({ store, version, address, pid, startedInMs, dataDir }) => [
      store,
      version,
      address,
      String(pid),
      inSeconds(startedInMs),
      dataDir,
    ]),
  ]);
}

interface Announcement {
  readonly url: string;
  /** Stores that do not answer. */
  readonly missing: readonly string[];
  readonly local: LocalInstallation;
  readonly tookMs: number;
}

/** What a person who just started Polygraph wants to know next. */
export function announcement({ url, missing, local, tookMs }: Announcement): string {
  const origin = new URL(url).origin;
  const lines = [
    '',
    ...(local.rows.length > 0 ? [storeTable(local.rows), ''] : []),
    `Polygraph is ready after ${inSeconds(tookMs)}.`,
    ...missing.map(
      (store) => `  Without      ${store}: it does not answer; its fields and demo data follow when it does`,
    ),
    `  GraphQL      ${origin}/graphql`,
    `  Playground   ${origin}/`,
    ...(local.demo
      ? ['  Sign in      pick a tenant and a role in the playground; tokens for scripts are in .polygraph/demo.json']
      : ['  Sign in      authorization: Bearer <token of your identity provider>, or x-api-key: <key>']),
    '  Stop         Ctrl-C',
    '',
  ];
  return `${lines.join('\n')}\n`;
}
