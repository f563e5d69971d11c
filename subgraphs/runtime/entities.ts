import { type GraphQLSchema, isUnionType } from 'graphql';
import { PolygraphError } from '#platform/errors';

/** As many as two nested lists of the largest pages can refer to. */
export const MAX_REPRESENTATIONS = 10_000;

/**
 * Checks what `_entities` is given before any resolver sees it. The federation
 * types a representation as `_Any`, so nothing else does: it could name a type
 * that is none, hold an operator where a key belongs, or be one of a million.
 * A key that cannot be one is answered as one that nothing bears.
 */
export function guardEntities(schema: GraphQLSchema): void {
  const field = schema.getQueryType()?.getFields()._entities;
  const union = schema.getType('_Entity');
  if (!field?.resolve || !isUnionType(union)) return;
  const { resolve } = field;
  const types = new Set(union.getTypes().map(({ name }) => name));
  field.resolve = async (source, args: { representations: readonly unknown[] }, context, info) => {
    const { representations } = args;
    if (representations.length > MAX_REPRESENTATIONS) {
      throw new PolygraphError('LIMIT_EXCEEDED', `_entities takes at most ${MAX_REPRESENTATIONS} representations.`, {
        facts: { limit: MAX_REPRESENTATIONS },
      });
    }
    const stranger = representations.find((one) => !types.has(typeNameOf(one)));
    if (stranger !== undefined) {
      throw new PolygraphError('BAD_USER_INPUT', 'A representation names no entity type of this subgraph.');
    }
    const sound = representations.filter(hasSoundKey);
    const found: unknown = await resolve(source, { ...args, representations: sound }, context, info);
    const answers = (found as readonly unknown[]).values();
    return representations.map((one) => (hasSoundKey(one) ? answers.next().value : null));
  };
}

function typeNameOf(representation: unknown): string {
  const { __typename } = (representation ?? {}) as { readonly __typename?: unknown };
  return typeof __typename === 'string' ? __typename : '';
}

/** Keys are ids, and ids are text. */
function hasSoundKey(representation: unknown): boolean {
  const { id } = representation as { readonly id?: unknown };
  return typeof id === 'string' && id.length <= MAX_ID;
}

const MAX_ID = 200;
