import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { THINGS } from '#stores/redis/answers';
import type { CacheHint, CacheHints } from './hints.ts';

/** For how long, for whom and until what changes an answer to a selection may be kept. */
export interface Policy {
  /** Seconds, at least 1. */
  readonly maxAge: number;
  readonly shared: boolean;
  /** What the answer shows or counts, in the words of `THINGS`; the entity it begins with is not among them. */
  readonly things: readonly string[];
}

export interface PolicyOptions {
  readonly schema: GraphQLSchema;
  readonly hints: CacheHints;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

/**
 * The policy of a selection: that of its least field. Conditions (@skip,
 * @include) are not weighed: what may be selected counts.
 * @param typeName of what is selected from, a root or an entity
 * @returns undefined where some field may not be kept, or is not of the schema
 */
export function policyOf(set: SelectionSetNode, typeName: string, options: PolicyOptions): Policy | undefined {
  const { schema, hints } = options;
  const type = schema.getType(typeName);
  if (!isObjectType(type)) return undefined;
  const found = new Collected();
  return collect(set, type, hints.ofType(typeName), found, options) ? found.policy() : undefined;
}

class Collected {
  maxAge = Number.POSITIVE_INFINITY;
  shared = true;
  readonly things = new Set<string>();

  /** @returns whether anything may be kept at all */
  add(hint: CacheHint | undefined): hint is CacheHint {
    if (!hint || hint.maxAge <= 0) return false;
    this.maxAge = Math.min(this.maxAge, hint.maxAge);
    this.shared &&= hint.shared;
    for (const type of hint.dependsOn) this.things.add(THINGS.list(type));
    return true;
  }

  policy(): Policy | undefined {
    if (!Number.isFinite(this.maxAge)) return undefined;
    return { maxAge: this.maxAge, shared: this.shared, things: [THINGS.everything, ...this.things] };
  }
}

/** @param held by the hint of what holds the fields; undefined at a root */
function collect(
  set: SelectionSetNode,
  type: GraphQLNamedType,
  held: CacheHint | undefined,
  found: Collected,
  options: PolicyOptions,
): boolean {
  const { schema, fragments } = options;
  return set.selections.every((node: SelectionNode) => {
    if (node.kind === Kind.FIELD) return collectField(node, type, held, found, options);
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
    if (!fragment) return false;
    const condition = fragment.typeCondition ? schema.getType(fragment.typeCondition.name.value) : type;
    // Behind an interface or a union anything may come; nobody has needed that yet.
    return condition === type && collect(fragment.selectionSet, type, held, found, options);
  });
}

function collectField(
  node: FieldNode,
  parent: GraphQLNamedType,
  held: CacheHint | undefined,
  found: Collected,
  options: PolicyOptions,
): boolean {
  const name = node.name.value;
  if (name === '__typename') return true;
  const field = isObjectType(parent) ? parent.getFields()[name] : undefined;
  if (!field) return false;
  const { hints } = options;
  const own = hints.ofField(parent.name, name);
  const returned = getNamedType(field.type);
  if (!isCompositeType(returned)) return found.add(own ?? held);
  const ofReturned = hints.ofType(returned.name);
  const isPart = held !== undefined && !hints.isEntity(parent.name);
  const hint = own ?? ofReturned ?? (isPart ? held : undefined);
  if (!isObjectType(returned) || !node.selectionSet || !found.add(hint)) return false;
  if (hints.canChange(returned.name)) found.things.add(THINGS.list(returned.name));
  return collect(node.selectionSet, returned, ofReturned ?? hint, found, options);
}
