import DataLoader from 'dataloader';
import { type FieldNode, type GraphQLResolveInfo, Kind, parse, type SelectionNode } from 'graphql';
import type { TenantNeo4j } from '#stores/neo4j/index';
import type { EntityName } from './contract/shape.ts';
import type { Translator } from './contract/translate.ts';
import type { RunEngine } from './engine.ts';
import type { Loaded } from './models.ts';

/**
 * Loads entities with all that is selected under the field of `info`: one
 * statement for each place in the document, however many ids meet there. It
 * stands in for the `_entities` of @neo4j/graphql, which sends one for each id.
 */
export interface NodeLoader {
  /** Null where the tenant has no such entity. */
  load(entity: EntityName, id: string, info: GraphQLResolveInfo): Promise<Loaded | null>;
  /** For ids that were just read: where no more than the id is selected, nothing is asked. */
  known(entity: EntityName, id: string, info: GraphQLResolveInfo): Promise<Loaded>;
}

export function createNodeLoader(neo4j: TenantNeo4j, run: RunEngine, translator: Translator): NodeLoader {
  const places = new Map<string, DataLoader<string, Loaded | null>>();
  const numbers = new Map<FieldNode, number>();
  const numberOf = (node: FieldNode): number => {
    const number = numbers.get(node) ?? numbers.size;
    numbers.set(node, number);
    return number;
  };

  const load = (entity: EntityName, id: string, info: GraphQLResolveInfo): Promise<Loaded | null> => {
    const place = [entity, ...info.fieldNodes.map(numberOf)].join(' ');
    const loader =
      places.get(place) ??
      new DataLoader<string, Loaded | null>((ids) => loadAll(entity, ids, translator.entity(entity, info)), {
        maxBatchSize: 500,
      });
    places.set(place, loader);
    return loader.load(id);
  };

  const loadAll = async (entity: EntityName, ids: readonly string[], selections: readonly SelectionNode[]) => {
    const data = await run(neo4j, [listById(entity, selections)], { ids });
    const found = new Map((data.list as readonly Loaded[]).map((node) => [node.__id, node]));
    return ids.map((id) => found.get(id) ?? null);
  };

  return {
    load,
    async known(entity, id, info) {
      const stub: Loaded = { __id: id };
      if (translator.entity(entity, info).length === 1) return stub;
      return (await load(entity, id, info)) ?? stub;
    },
  };
}

function listById(entity: EntityName, selections: readonly SelectionNode[]): SelectionNode {
  const field = FIELDS[entity];
  return { ...field, selectionSet: { kind: Kind.SELECTION_SET, selections } };
}

const FIELDS = {
  Content: listField('contents'),
  Topic: listField('topics'),
  Keyword: listField('keywords'),
  Concept: listField('concepts'),
  Audience: listField('audiences'),
  Competitor: listField('competitors'),
} satisfies Record<EntityName, FieldNode>;

function listField(name: string): FieldNode {
  const definition = parse(`query ($ids: [ID!]!) { list: ${name}(where: { id: { in: $ids } }) }`).definitions[0];
  const field = definition?.kind === Kind.OPERATION_DEFINITION ? definition.selectionSet.selections[0] : undefined;
  if (field?.kind !== Kind.FIELD) throw new TypeError(`${name} is not a field.`);
  return field;
}
