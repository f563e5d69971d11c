import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** The size of an operation as if every fragment were written out where it is spread. */
export interface Measure {
  /** Levels of fields. */
  readonly depth: number;
  readonly fields: number;
  readonly rootFields: number;
  readonly aliases: number;
  readonly directives: number;
}

/**
 * The largest operation of a document, per dimension. Each fragment is measured
 * once, so that fragments within fragments cost us nothing however often they
 * multiply; a cycle counts as nothing here and is refused by validation.
 */
export function measureDocument(document: DocumentNode): Measure {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const measureOf = createMeasurer(fragments);
  return document.definitions
    .filter((node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION)
    .map((operation) => {
      const size = measureOf(operation.selectionSet);
      return { ...size, directives: size.directives + ownDirectives(operation) };
    })
    .reduce(largest, NOTHING);
}

function createMeasurer(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
  const known = new Map<string, Measure>();

  const ofFragment = (name: string): Measure => {
    const measured = known.get(name);
    if (measured) return measured;
    known.set(name, NOTHING);
    const fragment = fragments.get(name);
    const measure = fragment ? withDirectives(ofSet(fragment.selectionSet), fragment.directives?.length) : NOTHING;
    known.set(name, measure);
    return measure;
  };

  const ofSelection = (node: SelectionNode): Measure => {
    if (node.kind === Kind.FRAGMENT_SPREAD) return withDirectives(ofFragment(node.name.value), node.directives?.length);
    if (node.kind === Kind.INLINE_FRAGMENT) return withDirectives(ofSet(node.selectionSet), node.directives?.length);
    const below = node.selectionSet ? ofSet(node.selectionSet) : NOTHING;
    return {
      depth: below.depth + 1,
      fields: below.fields + 1,
      rootFields: 1,
      aliases: below.aliases + (node.alias ? 1 : 0),
      directives: below.directives + (node.directives?.length ?? 0),
    };
  };

  const ofSet = (set: SelectionSetNode): Measure => set.selections.map(ofSelection).reduce(sum, NOTHING);
  return ofSet;
}

function ownDirectives({ directives, variableDefinitions }: OperationDefinitionNode): number {
  const ofVariables = (variableDefinitions ?? []).map((variable) => variable.directives?.length ?? 0);
  return ofVariables.reduce((a, b) => a + b, directives?.length ?? 0);
}

const withDirectives = (measure: Measure, more = 0): Measure =>
  more === 0 ? measure : { ...measure, directives: measure.directives + more };

const sum = (a: Measure, b: Measure): Measure => ({
  depth: Math.max(a.depth, b.depth),
  fields: a.fields + b.fields,
  rootFields: a.rootFields + b.rootFields,
  aliases: a.aliases + b.aliases,
  directives: a.directives + b.directives,
});

const largest = (a: Measure, b: Measure): Measure => ({
  depth: Math.max(a.depth, b.depth),
  fields: Math.max(a.fields, b.fields),
  rootFields: Math.max(a.rootFields, b.rootFields),
  aliases: Math.max(a.aliases, b.aliases),
  directives: Math.max(a.directives, b.directives),
});

const NOTHING: Measure = { depth: 0, fields: 0, rootFields: 0, aliases: 0, directives: 0 };
