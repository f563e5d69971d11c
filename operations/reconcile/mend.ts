import type { OutboxEvent } from '#stores/postgres/outbox';
import type { LoggedContent } from '#stores/postgres/outbox/log';
import type { Projection, ProjectionTenant } from '../projections/projection.ts';
import { readUnlinked, withoutUnlinked } from './graph.ts';
import { type Drift, type Held, type Holding, idOf } from './holding.ts';

/** A document that a store holds wrongly or not at all. */
export interface Drifted {
  readonly drift: Drift;
  readonly logged: LoggedContent;
  readonly held: Held | undefined;
}

/**
 * Puts a store right by the projection that the relay uses, so that there is one way in which a store comes to hold
 * something. What has moved since it was read is left for the next look.
 * @returns how many documents were projected
 */
export async function mend(
  holding: Holding,
  projection: Projection,
  tenant: ProjectionTenant,
  drifted: readonly Drifted[],
): Promise<number> {
  const ready: LoggedContent[] = [];
  for (const { logged, held } of drifted) {
    if (!held || (await holding.forget(idOf(logged), held.revision))) ready.push(logged);
  }
  const wanted = holding.target === 'GRAPH' ? await asPeopleLeftIt(tenant, ready) : ready;
  await projectAll(
    projection,
    tenant,
    wanted.map(({ saved }) => saved),
  );
  // After it was saved: its text and its links stay, hidden, for the day it is restored.
  await projectAll(
    projection,
    tenant,
    wanted.flatMap(({ deleted }) => deleted ?? []),
  );
  return ready.length;
}

async function asPeopleLeftIt({ stores }: ProjectionTenant, ready: readonly LoggedContent[]): Promise<LoggedContent[]> {
  const unlinked = await readUnlinked(stores.neo4j, ready.map(idOf));
  return ready.map((logged) => withoutUnlinked(logged, unlinked.get(idOf(logged)) ?? [], stores.neo4j.tenantId));
}

async function projectAll(projection: Projection, tenant: ProjectionTenant, events: readonly OutboxEvent[]) {
  for (let at = 0; at < events.length; at += projection.batchSize) {
    await projection.project(tenant, events.slice(at, at + projection.batchSize));
  }
}
