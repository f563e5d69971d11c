import DataLoader from 'dataloader';
import type { TenantPostgres } from '#stores/postgres/index';
import { groupBy } from '../../group.ts';
import { type RoundRow, readRounds } from './rows.ts';

/** Rounds by session. What few requests need is reached for when it is needed. */
export function createRoundLoader(postgres: TenantPostgres): DataLoader<string, RoundRow[]> {
  return new DataLoader(async (ids) => {
    const rounds = groupBy(await readRounds(postgres.registry.read, ids), ({ sessionId }) => sessionId);
    return ids.map((id) => rounds.get(id) ?? []);
  });
}
