import { type DocumentNode, type GraphQLSchema, TypeInfo, visit, visitWithTypeInfo } from 'graphql';

/**
 * Whether a document must be answered by itself. A read that is under way can
 * answer whoever asks the same (sharing.ts), until a write of the same tenant.
 * What another tenant's write takes away ends nothing of that kind, so a field
 * that shows rows of others says so in @cacheControl, and is never joined.
 *
 * @param isOfOthers true for a field that says so
 */
export function createAloneCheck(
  schema: GraphQLSchema,
  isOfOthers: (type: string, field: string) => boolean,
): (document: DocumentNode) => boolean {
  const known = new WeakMap<DocumentNode, boolean>();
  return (document) => {
    const earlier = known.get(document);
    if (earlier !== undefined) return earlier;
    let alone = false;
    const types = new TypeInfo(schema);
    visit(
      document,
      visitWithTypeInfo(types, {
        Field({ name }) {
          const parent = types.getParentType();
          if (parent && isOfOthers(parent.name, name.value)) alone = true;
        },
      }),
    );
    known.set(document, alone);
    return alone;
  };
}
