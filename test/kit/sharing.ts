import { createMemories, type Memories } from './memories.ts';
import { openPostgresWorld, type PostgresTenant, type PostgresWorld } from './postgres.ts';

export const PURPOSE = 'incident-review';

/**
 * A world in which sharing exists. `giver` has a context with one memory that carries the shared tag, one that does
 * not, and relationships from the first to both kinds; `grantee` and `bystander` have memories of their own.
 */
export interface SharingWorld extends PostgresWorld {
  readonly giver: Sharer;
  readonly grantee: Sharer;
  readonly bystander: Sharer;
  readonly contextId: string;
  /** Memories of the giver: `open` and `alike` carry the tag `open`. */
  readonly ids: Readonly<Record<'open' | 'alike' | 'hidden', string>>;
  /** Offers, accepts and allows; what is not said is the tag `open` of the context, for all of the grantee's owners. */
  share(rule?: Readonly<Record<string, unknown>>): Promise<string>;
}

export interface Sharer extends Memories {
  readonly tenant: PostgresTenant;
  /** Ids of what is shared with this tenant. @throws the error that was answered */
  sharedIds(purpose?: string): Promise<readonly string[]>;
  /** @returns what the field answers. @throws the error that was answered */
  run<T = unknown>(text: string, variables?: Record<string, unknown>): Promise<T>;
}

export async function openSharingWorld(): Promise<SharingWorld> {
  const world = await openPostgresWorld();
  const giver = await sharerOf(world, world.a);
  const grantee = await sharerOf(world, world.b);
  const bystander = await sharerOf(world, await world.tenant('bystander'));
  const contextId = await giver.context({ isolationLevel: 'SHARED' });
  const ids = {
    open: await giver.remember(contextId, { note: 'lighthouse outage, open' }, { tags: ['open'] }),
    alike: await giver.remember(contextId, { note: 'lighthouse outage, alike' }, { tags: ['open'] }),
    hidden: await giver.remember(contextId, { note: 'lighthouse outage, hidden' }),
  };
  await giver.relate(ids.open, ids.alike, { strength: 0.5 });
  await giver.relate(ids.open, ids.hidden);
  for (const { remember, context } of [grantee, bystander])
    await remember(await context(), { note: 'lighthouse of mine' });
  return {
    ...{ ...world, giver, grantee, bystander, contextId, ids },
    async share(rule = {}) {
      const id = await offer(giver, { contextId, tag: 'open', granteeId: world.b.id, ...rule });
      await grantee.run('mutation ($id: ID!) { answerSharingOffer(id: $id, accept: true) { id } }', { id });
      await grantee.run(ALLOW, { purpose: rule.purpose ?? PURPOSE });
      return id;
    },
  };
}

/** @returns the id of the rule */
export async function offer({ run }: Sharer, input: Readonly<Record<string, unknown>>): Promise<string> {
  const { id } = await run<{ id: string }>(
    'mutation ($input: SharingRuleInput!) { createSharingRule(input: $input) { id } }',
    { input: { purpose: PURPOSE, expiresAt: new Date(Date.now() + 3_600_000).toISOString(), ...input } },
  );
  return id;
}

export async function sharerOf(world: PostgresWorld, tenant: PostgresTenant): Promise<Sharer> {
  const memories = await createMemories(world, tenant);
  const run = async <T>(text: string, variables: Record<string, unknown> = {}): Promise<T> => {
    const { data, errors } = await memories.ask(text, variables);
    if (errors?.[0]) throw errors[0];
    return Object.values(data)[0] as T;
  };
  return {
    ...memories,
    ...{ tenant, run },
    async sharedIds(purpose = PURPOSE) {
      const text = 'query ($purpose: String!) { sharedMemories(purpose: $purpose) { nodes { id } } }';
      const { nodes } = await run<{ nodes: { id: string }[] }>(text, { purpose });
      return nodes.map(({ id }) => id).sort();
    },
  };
}

const ALLOW = 'mutation ($purpose: String!) { allowSharedUse(purpose: $purpose, role: OWNER) { subject } }';
