import {
  type ArgumentNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  type InterfaceTypeDefinitionNode,
  type InterfaceTypeExtensionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  type TypeNode,
  valueFromASTUntyped,
} from 'graphql';

/** A subgraph's SDL in the form the rules ask about: definitions and extensions of a type are one. */
export interface Definitions {
  readonly subgraph: string;
  /** Object types and interfaces, roots excluded. */
  readonly types: ReadonlyMap<string, OutputType>;
  readonly roots: readonly OutputType[];
  readonly inputs: ReadonlyMap<string, readonly InputValueDefinitionNode[]>;
  /** Members of unions. */
  readonly unions: ReadonlyMap<string, readonly string[]>;
  readonly schemaDirectives: readonly ConstDirectiveNode[];
  readonly document: DocumentNode;
}

export interface OutputType {
  readonly name: string;
  readonly directives: readonly ConstDirectiveNode[];
  readonly interfaces: readonly string[];
  readonly fields: readonly FieldDefinitionNode[];
}

export function readDefinitions(subgraph: string, document: DocumentNode): Definitions {
  const types = new Map<string, OutputType>();
  const inputs = new Map<string, InputValueDefinitionNode[]>();
  const unions = new Map<string, string[]>();
  const schemaDirectives: ConstDirectiveNode[] = [];

  for (const node of document.definitions) {
    switch (node.kind) {
      case Kind.SCHEMA_DEFINITION:
      case Kind.SCHEMA_EXTENSION:
        schemaDirectives.push(...(node.directives ?? []));
        break;
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.OBJECT_TYPE_EXTENSION:
      case Kind.INTERFACE_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_EXTENSION:
        types.set(node.name.value, extended(types.get(node.name.value), node));
        break;
      case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      case Kind.INPUT_OBJECT_TYPE_EXTENSION:
        inputs.set(node.name.value, [...(inputs.get(node.name.value) ?? []), ...(node.fields ?? [])]);
        break;
      case Kind.UNION_TYPE_DEFINITION:
      case Kind.UNION_TYPE_EXTENSION:
        unions.set(node.name.value, [
          ...(unions.get(node.name.value) ?? []),
          ...(node.types ?? []).map((member) => member.name.value),
        ]);
        break;
      default:
    }
  }

  const rootNames = rootTypeNames(document);
  const roots = [...types.values()].filter(({ name }) => rootNames.has(name));
  for (const name of types.keys()) {
    if (rootNames.has(name) || MACHINERY.test(name)) types.delete(name);
  }
  return { subgraph, types, roots, inputs, unions, schemaDirectives, document };
}

export function hasMark(type: OutputType, mark: Mark): boolean {
  return type.directives.some(({ name }) => name.value === mark);
}

export type Mark = 'tenantScoped' | 'global';

/** The name inside any nesting of lists and non-nulls. */
export function namedTypeOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedTypeOf(type.type);
}

/** What the @needsScopes among the directives ask for. */
export function scopesIn(directives: readonly ConstDirectiveNode[]): readonly string[] {
  return directives
    .filter(({ name }) => name.value === 'needsScopes')
    .flatMap(({ arguments: given }) => stringsOf(given?.find(({ name }) => name.value === 'all')));
}

/** The strings of a list argument. */
export function stringsOf(argument: ArgumentNode | undefined): readonly string[] {
  const value: unknown = argument ? valueFromASTUntyped(argument.value) : [];
  return (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === 'string');
}

function extended(known: OutputType | undefined, node: OutputNode): OutputType {
  return {
    name: node.name.value,
    directives: [...(known?.directives ?? []), ...(node.directives ?? [])],
    interfaces: [...(known?.interfaces ?? []), ...(node.interfaces ?? []).map(({ name }) => name.value)],
    fields: [...(known?.fields ?? []), ...(node.fields ?? [])],
  };
}

type OutputNode =
  | ObjectTypeDefinitionNode
  | ObjectTypeExtensionNode
  | InterfaceTypeDefinitionNode
  | InterfaceTypeExtensionNode;

function rootTypeNames(document: DocumentNode): ReadonlySet<string> {
  const names = new Set(['Query', 'Mutation', 'Subscription']);
  for (const node of document.definitions) {
    if (node.kind === Kind.SCHEMA_DEFINITION || node.kind === Kind.SCHEMA_EXTENSION) {
      for (const { type } of node.operationTypes ?? []) names.add(type.name.value);
    }
  }
  return names;
}

/** Types of the federation specification itself. */
const MACHINERY = /^(_Service|_Any|_Entity|link__|join__|federation__)/;
