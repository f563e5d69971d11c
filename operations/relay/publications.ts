import type { Logger } from '#platform/log';
import type { TenantPostgres } from '#stores/postgres/index';
import type { DuePublication, OutboxQueue } from '#stores/postgres/outbox/queue';
import type { TenantStores } from '#stores/stores';
import { finishPublication } from '#subgraphs/relational/contents/schedule';
import type { Principal, TenantContext } from '#tenancy/context';
import type { Directory } from '#tenancy/directory';
import { scopesOf } from '#tenancy/roles';
import { dangerouslyActForPrincipal } from '#tenancy/service';

export interface PublicationSweepOptions {
  queue: Pick<OutboxQueue, 'duePublications'>;
  directory: Pick<Directory, 'tenant' | 'membership'>;
  openStores: (tenant: TenantContext) => Pick<TenantStores, 'postgres'>;
  log: Logger;
  everyMs?: number;
  now?: () => number;
}

/** Publishes what is due, each document as whoever scheduled it. Any number of relays may do so at once. */
export function createPublicationSweep({
  queue,
  directory,
  openStores,
  log,
  everyMs = 1_000,
  now = Date.now,
}: PublicationSweepOptions): { tick(): Promise<void> } {
  let due = 0;

  const publish = async ({ tenantId, contentId, scheduledBy }: DuePublication): Promise<void> => {
    const tenant = await directory.tenant(tenantId);
    if (!tenant) return;
    const context = dangerouslyActForPrincipal(tenantId, tenant.tier, scheduledBy, 'publishes as scheduled', log);
    const { postgres } = openStores(context);
    const allowed = tenant.status === 'ACTIVE' && (await mayWrite(scheduledBy, tenantId, directory, postgres));
    const done = await finishPublication(postgres, context, { contentId, allowed });
    if (done && !allowed) {
      log.warn({ tenant: tenantId, contentId }, 'whoever scheduled this may not publish any more; it is a draft again');
    }
  };

  return {
    async tick() {
      if (now() < due) return;
      due = now() + everyMs;
      for (const one of await queue.duePublications(AT_ONCE)) {
        await publish(one).catch((error: unknown) =>
          log.warn({ err: error, tenant: one.tenantId }, 'a document could not be published; trying again'),
        );
      }
    },
  };
}

/** As of now: whoever was removed or restricted since does not publish by what was allowed then. */
async function mayWrite(
  { kind, id }: Principal,
  tenantId: string,
  directory: Pick<Directory, 'membership'>,
  { sql }: TenantPostgres,
): Promise<boolean> {
  if (kind === 'user') {
    const member = await directory.membership(tenantId, id);
    const scopes = member && (member.scopes ?? scopesOf([member.role]));
    return scopes?.includes(NEEDED) ?? false;
  }
  const keys = await sql`
    select 1 from api_keys where id = ${id}::uuid and revoked_at is null
      and (expires_at is null or expires_at > now()) and ${NEEDED} = any (scopes)`;
  return keys.length > 0;
}

const NEEDED = 'content:write';
const AT_ONCE = 100;
