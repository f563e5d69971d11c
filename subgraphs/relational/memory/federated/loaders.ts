import DataLoader from 'dataloader';
import type { TenantPostgres } from '#stores/postgres/index';
import { groupBy } from '../../group.ts';
import { type RoundRow, readRounds } from './rows.ts';

/** Rounds by session. */
export function createRoundLoader({ registry }: TenantPostgres): DataLoader<string, RoundRow[]> {
  return new DataLoader(async (ids) => {
    const rounds = groupBy(await readRounds(registry.read, ids), ({ sessionId }) => sessionId);
    return ids.map((id) => rounds.get(id) ?? []);
  });
}
