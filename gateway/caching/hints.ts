import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  valueFromASTUntyped,
} from 'graphql';
import type { Change } from '#stores/redis/answers';

/** What the contract says of keeping answers, read from a composed supergraph. */
export interface CacheHints {
  ofType(type: string): CacheHint | undefined;
  ofField(type: string, field: string): CacheHint | undefined;
  /** Types with a key: what they hold can change by itself. */
  isEntity(type: string): boolean;
  /** Entities, and what some mutation says to change. */
  canChange(type: string): boolean;
  /** What the field of Mutation changes; empty where it does not say. */
  changesOf(mutation: string): readonly DeclaredChange[];
}

/** @cacheControl */
export interface CacheHint {
  /** Seconds; 0 keeps nothing. */
  readonly maxAge: number;
  /** For all of the tenant with the same scopes; else for one principal. */
  readonly shared: boolean;
  readonly dependsOn: readonly string[];
  /** It shows rows of other tenants. */
  readonly ofOthers: boolean;
}

/** @changes */
export interface DeclaredChange extends Omit<Change, 'id'> {
  /** Names that lead to the id in the arguments. */
  readonly idPath: readonly string[] | undefined;
}

export function readCacheHints(supergraph: DocumentNode): CacheHints {
  const types = supergraph.definitions.filter(isOutputType);
  const fields = types.flatMap((type) => (type.fields ?? []).map((field) => [type.name.value, field] as const));
  const ofTypes = new Map(types.map((type) => [type.name.value, hintIn(type.directives)]));
  const ofFields = new Map(fields.map(([type, field]) => [`${type}.${field.name.value}`, hintIn(field.directives)]));
  const hasKey = types.filter((type) =>
    argumentsOf(type.directives, 'join__type').some(({ key }) => key !== undefined),
  );
  const entities = new Set(hasKey.map(({ name }) => name.value));
  const changes = new Map(
    fields
      .filter(([type]) => type === 'Mutation')
      .map(([, field]) => [field.name.value, argumentsOf(field.directives, 'changes').map(changeOf)]),
  );
  const changing = new Set([...changes.values()].flat().map(({ type }) => type));
  return {
    ofType: (type) => ofTypes.get(type),
    ofField: (type, field) => ofFields.get(`${type}.${field}`),
    isEntity: (type) => entities.has(type),
    canChange: (type) => entities.has(type) || changing.has(type),
    changesOf: (mutation) => changes.get(mutation) ?? [],
  };
}

type OutputType = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

const isOutputType = (node: DefinitionNode): node is OutputType =>
  node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION;

type Arguments = Readonly<Record<string, unknown>>;

function hintIn(directives: readonly ConstDirectiveNode[] | undefined): CacheHint | undefined {
  const [given] = argumentsOf(directives, 'cacheControl');
  if (!given) return undefined;
  const { maxAge, shared, dependsOn, ofOthers } = given;
  return {
    // What cannot be read is not kept.
    maxAge: typeof maxAge === 'number' && maxAge > 0 ? maxAge : 0,
    shared: shared === true,
    dependsOn: Array.isArray(dependsOn) ? dependsOn.map(String) : [],
    ofOthers: ofOthers === true,
  };
}

const changeOf = ({ type, id, created }: Arguments): DeclaredChange => ({
  type: String(type),
  idPath: typeof id === 'string' ? id.split('.') : undefined,
  created: created === true,
});

function argumentsOf(directives: readonly ConstDirectiveNode[] | undefined, name: string): readonly Arguments[] {
  return (directives ?? [])
    .filter((directive) => directive.name.value === name)
    .map(({ arguments: given }) =>
      Object.fromEntries((given ?? []).map((one) => [one.name.value, valueFromASTUntyped(one.value)])),
    );
}
