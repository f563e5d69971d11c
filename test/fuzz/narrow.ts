import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  parse,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { type Minimal, tidied } from './minimise.ts';

/** As `path` of a GraphQL error. */
export type ResponsePath = readonly (string | number)[];

/** The operation with the fields along the path alone, and all that the last of them asks for. */
export function narrowedTo(path: ResponsePath, { text, variables }: Minimal): Minimal {
  const document = parse(text, { noLocation: true });
  const keys = path.filter((step): step is string => typeof step === 'string');
  const definitions = document.definitions.map((one) =>
    one.kind === Kind.OPERATION_DEFINITION ? { ...one, selectionSet: along(keys, one.selectionSet, document) } : one,
  );
  return tidied({ ...document, definitions }, variables);
}

function along([key, ...rest]: readonly string[], set: SelectionSetNode, document: DocumentNode): SelectionSetNode {
  if (key === undefined) return set;
  const within = (inner: SelectionSetNode) => along([key, ...rest], inner, document);
  const kept = (selection: SelectionNode): SelectionNode[] => {
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return whereAny({ ...selection, selectionSet: within(selection.selectionSet) });
    }
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const { typeCondition, selectionSet } = fragmentIn(document, selection.name.value);
      const { directives = [] } = selection;
      return whereAny({ kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet: within(selectionSet) });
    }
    if ((selection.alias ?? selection.name).value !== key) return [];
    const { selectionSet } = selection;
    return [selectionSet ? { ...selection, selectionSet: along(rest, selectionSet, document) } : selection];
  };
  return { ...set, selections: set.selections.flatMap(kept) };
}

function fragmentIn({ definitions }: DocumentNode, name: string): FragmentDefinitionNode {
  const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
  const found = fragments.find((one) => one.name.value === name);
  if (!found) throw new TypeError(`There is no fragment ${name}.`);
  return found;
}

const whereAny = <T extends SelectionNode & { readonly selectionSet: SelectionSetNode }>(selection: T): T[] =>
  selection.selectionSet.selections.length > 0 ? [selection] : [];
