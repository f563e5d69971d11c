import { THINGS } from '#stores/redis/answers';
import type { GatewayContext } from '../execution/operation.ts';
import type { Subgraph } from '../execution/subgraph.ts';
import type { SubgraphAnswer, SubgraphAnswerError } from '../execution/transport.ts';
import type { EntityList } from './fetch-plan.ts';
import { countParts, type Fetch, type FetchCacheOptions } from './fetches.ts';
import { type Keepable, type Kept, keyFor, taken, variablesPart } from './kept-answers.ts';
import type { Policy } from './policy.ts';

/** Asks a subgraph for the entities that are not kept, and puts those that are into their places. */
export function createEntityCache(subgraph: Subgraph, { kept, current, metrics }: FetchCacheOptions) {
  /** Looks for all that may be kept, in one command. */
  const lookFor = async (entities: readonly Entity[], { tenant }: GatewayContext): Promise<void> => {
    const keepable = entities.flatMap((entity) => (entity.rule ? [{ entity, rule: entity.rule }] : []));
    if (keepable.length === 0) return;
    const places = await kept.look(
      tenant,
      keepable.map(({ rule }) => rule),
    );
    for (const [at, { entity, rule }] of keepable.entries()) {
      const { kept: found, outcome } = taken(places?.[at], rule.policy.maxAge);
      entity.kept = found;
      entity.stamps = places?.[at]?.stamps;
      metrics.observeCache('entity', outcome, found?.ageSeconds ?? 0);
    }
  };

  const keepFresh = (
    missing: readonly (readonly Entity[])[],
    { data, errors }: SubgraphAnswer,
    reader: Reader,
  ): void => {
    if (!data || errors?.length) return;
    const bySeconds = new Map<number, Keepable[]>();
    for (const [entity, received] of missing.flatMap((some) =>
      some.map((one, at) => [one, receivedAt(data, one, at)] as const),
    )) {
      const { rule, stamps } = entity;
      // What is not there yet in one store may be about to come: only what is there is kept.
      if (!rule || stamps === undefined || received === null || received === undefined) continue;
      const same = bySeconds.get(rule.policy.maxAge) ?? [];
      same.push({ key: rule.key, stamps, body: JSON.stringify(received) });
      bySeconds.set(rule.policy.maxAge, same);
    }
    for (const [seconds, answers] of bySeconds) kept.keep(reader, answers, seconds);
  };

  return async (
    fetch: Fetch,
    lists: readonly EntityList[],
    context: GatewayContext,
    body: string,
  ): Promise<SubgraphAnswer | undefined> => {
    const { tenant } = context;
    const place = [current()?.version ?? '', subgraph.name];
    const wanted = lists.map((list) => entitiesOf(list, fetch, tenant, place));
    await lookFor(wanted.flat(), context);
    const missing = wanted.map((entities) => entities.filter(({ kept: found }) => !found));
    const [all, misses] = [wanted.flat().length, missing.flat().length];
    countParts(context, all - misses, misses);
    if (misses === 0) return { data: merged(wanted, missing, {}) };
    const answer = await subgraph.ask(misses === all ? body : bodyFor(missing, fetch, lists), context, 'read');
    if (!answer) return undefined;
    keepFresh(missing, answer, tenant);
    if (misses === all) return answer;
    return {
      ...answer,
      ...(answer.data ? { data: merged(wanted, missing, answer.data) } : {}),
      ...(answer.errors ? { errors: answer.errors.map((error) => inPlace(error, missing)) } : {}),
    };
  };
}

type Reader = GatewayContext['tenant'];

/** One entity of a fetch. */
interface Entity {
  readonly list: EntityList;
  /** Its place in the list. */
  readonly slot: number;
  readonly representation: unknown;
  /** Absent where it may not be kept. */
  readonly rule: { readonly policy: Policy; readonly key: string; readonly things: readonly string[] } | undefined;
  kept: Kept | undefined;
  stamps: string | undefined;
}

function entitiesOf(list: EntityList, { variables }: Fetch, reader: Reader, place: readonly string[]): Entity[] {
  const representations = variables[list.variable];
  if (!Array.isArray(representations)) return [];
  const used = variablesPart(list.variables, variables);
  return representations.map((representation: unknown, slot) => {
    const { __typename: type, id } = representation as { __typename?: string; id?: unknown };
    const policy = type === undefined ? undefined : list.policies.get(type);
    // Without an id nobody can say that it was this one that changed.
    if (!type || !policy || typeof id !== 'string') return { ...FRESH, list, slot, representation, rule: undefined };
    const key = keyFor(reader, policy.shared, [
      'entity',
      ...place,
      list.selection,
      used,
      JSON.stringify(representation),
    ]);
    const things = [THINGS.one(type, id), THINGS.each(type), ...policy.things];
    return { ...FRESH, list, slot, representation, rule: { policy, key, things } };
  });
}

const FRESH = { kept: undefined, stamps: undefined };

/** The same fetch for fewer entities. */
function bodyFor(missing: readonly (readonly Entity[])[], fetch: Fetch, lists: readonly EntityList[]): string {
  const fewer = lists.map(({ variable }, at) => [variable, missing[at]?.map((one) => one.representation) ?? []]);
  return JSON.stringify({ ...fetch, variables: { ...fetch.variables, ...Object.fromEntries(fewer) } });
}

/** Read anew each time, as answers are merged in place. */
function merged(
  wanted: readonly (readonly Entity[])[],
  missing: readonly (readonly Entity[])[],
  data: unknown,
): object {
  return Object.fromEntries(
    wanted.flatMap((entities, list) => {
      const [first] = entities;
      const values = entities.map((one) =>
        one.kept ? JSON.parse(one.kept.entry.body) : receivedAt(data, one, missing[list]?.indexOf(one) ?? -1),
      );
      return first ? [[first.list.responseKey, values]] : [];
    }),
  );
}

function receivedAt(data: unknown, { list }: Entity, at: number): unknown {
  const received: unknown = Reflect.get(Object(data), list.responseKey);
  return Array.isArray(received) ? received[at] : undefined;
}

/** Of an error whose path counts the entities that were asked for. */
function inPlace(error: SubgraphAnswerError, missing: readonly (readonly Entity[])[]): SubgraphAnswerError {
  const [responseKey, at, ...rest] = error.path ?? [];
  const some = missing.find(([first]) => first?.list.responseKey === responseKey);
  const entity = typeof at === 'number' ? some?.[at] : undefined;
  return entity && responseKey !== undefined ? { ...error, path: [responseKey, entity.slot, ...rest] } : error;
}
