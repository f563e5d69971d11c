import type { Logger } from '#platform/log';
import { createRounds, type Rounds } from '#platform/rounds';
import type { Settings } from '#platform/settings';
import { DocumentMoveError, type DocumentMoveOptions, moveDocuments } from '#stores/mongo/move/index';
import { documentKeys } from '#stores/mongo/places/credentials';
import { listPlaces } from '#stores/mongo/places/list';
import { NotAllowedError } from '#stores/mongo/places/own-database';
import type { DocumentReceipt, PlaceRecord, Where } from '#stores/mongo/places/record';
import type { OnPrimary } from '#stores/postgres/pool';
import type { Tier } from '#tenancy/tiers';
import { listTenants } from '../tenants.ts';

type Needed = Pick<Settings, 'MONGODB_URL' | 'MONGODB_ADMIN_URL' | 'POLYGRAPH_SECRETS'>;
type Fine = Partial<Pick<DocumentMoveOptions, 'database' | 'timings' | 'graceMs' | 'onPoint'>>;

/** Where the documents of a tenant of this tier belong. */
export const documentsBelong = (tier: Tier): Where => (tier === 'ENTERPRISE' ? 'own' : 'shared');

/**
 * Brings a tenant's documents to where its tier wants them.
 * @returns undefined where they are there already
 * @throws DocumentMoveError where another process is at it, NotAllowedError
 */
export function settleDocuments(
  settings: Needed,
  { id: tenantId, tier }: { readonly id: string; readonly tier: Tier },
  fine: Fine = {},
): Promise<DocumentReceipt | undefined> {
  return moveDocuments({ ...addressOf(settings), tenantId, to: documentsBelong(tier), ...fine });
}

export interface DocumentKeeperOptions extends Fine {
  readonly settings: Needed & Pick<Settings, 'DATABASE_URL'>;
  readonly onPrimary?: OnPrimary | undefined;
  readonly everyMs?: number;
  readonly log: Logger;
}

export interface DocumentKeeper extends Rounds {
  /** @returns ids of the tenants whose documents it brought to their place */
  follow(): Promise<string[]>;
}

/**
 * Lets documents follow the tier, which PostgreSQL knows: those of tenants that became ENTERPRISE or no longer are, and
 * of moves whose process is gone. A tenant that this installation does not know is left alone: another one may know it.
 */
export function createDocumentKeeper({ everyMs = 5_000, ...options }: DocumentKeeperOptions): DocumentKeeper {
  const { settings, onPrimary, log, ...fine } = options;
  const follow = async (): Promise<string[]> => {
    // The places first: what is not ENTERPRISE in the list that is asked for afterwards has left it.
    const places = new Map((await listPlaces({ ...addressOf(settings), ...fine })).map((place) => [place._id, place]));
    const tenants = await listTenants(settings, log, 'documents follow the tier', onPrimary);
    const settled: string[] = [];
    const reasons = new Map<string, string>();
    for (const tenant of tenants.filter(({ id, tier }) => !isSettled(places.get(id), documentsBelong(tier)))) {
      const why = await settle(tenant);
      if (why === undefined) settled.push(tenant.id);
      else reasons.set(tenant.id, why);
    }
    seen.reasons = reasons;
    return settled;
  };
  /** Of the last look, why documents stay: told when it becomes true, and not with every look. */
  const seen = { reasons: new Map<string, string>() };
  /** @returns why they stay where they are */
  const settle = async (tenant: { readonly id: string; readonly tier: Tier }): Promise<string | undefined> => {
    try {
      const receipt = await settleDocuments(settings, tenant, fine);
      log.info({ tenant: tenant.id, receipt }, 'documents have followed the tier');
      return undefined;
    } catch (error) {
      if (!(error instanceof DocumentMoveError || error instanceof NotAllowedError)) throw error;
      const why = error.message;
      if (seen.reasons.get(tenant.id) !== why) {
        log.warn({ tenant: tenant.id, why }, 'documents stay where they are for now');
      }
      return why;
    }
  };
  const look = () =>
    follow().catch((err: unknown) => log.warn({ err }, 'places of documents could not be looked after'));
  return { follow, ...createRounds(look, everyMs) };
}

function isSettled(place: PlaceRecord | undefined, where: Where): boolean {
  if (!place) return where === 'shared';
  return place.where === where && place.state === 'open' && !place.leaving && !place.mover;
}

function addressOf({ MONGODB_URL, MONGODB_ADMIN_URL = MONGODB_URL, POLYGRAPH_SECRETS }: Needed) {
  return { url: MONGODB_ADMIN_URL, keys: documentKeys(POLYGRAPH_SECRETS) };
}
