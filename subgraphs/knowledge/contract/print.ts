import { readFileSync } from 'node:fs';
import {
  type DefinitionNode,
  type GraphQLSchema,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  type StringValueNode,
} from 'graphql';
import { connectionName, connectionsOf, edgeName, leastArgument } from './names.ts';
import { type EntityName, type Relation, readShape } from './shape.ts';

/**
 * The SDL of the knowledge subgraph: what we promise of the generated schema,
 * plus own.graphql. Written by rule, so that nothing is forgotten by hand:
 * connections and edges carry the scope of the entity they hold; every field of
 * Content and Tenant but the key may be null, since other subgraphs answer for
 * the rest of them while Neo4j is down; every way in needs a scope.
 */
export function printContract(generated: GraphQLSchema): string {
  const shape = readShape(generated);
  const entities = [...shape.entities].map(([name, { scalars, relations: own }]) => {
    const fields = [...scalars].map(([field, type]) => `${describe(name, field)}${field}: ${type}`);
    for (const [field, relation] of own) {
      fields.push(
        `${describe(name, field)}${field}${pageArguments(relation)}: ${connectionName(name, field)} ${kept(relation)}`,
      );
    }
    // What is kept of Content and Tenant is said by the subgraph that owns them.
    const hint = SHARED.has(name) ? '' : KEPT;
    return `${describe(name)}type ${name} @key(fields: "id") @tenantScoped ${hint} {\n${fields.join('\n')}\n}`;
  });
  const roots = [...shape.roots].map(([field, relation]) => {
    const one = relation.node.toLowerCase();
    return `"By name. \`first\` is at most 100."\n${field}(first: Int = 20, after: String): ${relation.node}Connection ${kept(relation)}
      "Null where the tenant has none with that id."\n${one}(id: ID!): ${relation.node}`;
  });
  const lists = connectionsOf(shape).map(([name, relation]) => connection(name, relation));
  const query = `type Query {\n${roots.join('\n')}\n}`;
  const definitions = merge(parse([query, ...entities, ...lists, OWN].join('\n\n')).definitions);
  const body = definitions.map((definition) => print(withScopes(definition))).join('\n\n');
  return `# Printed by subgraphs/knowledge/contract/generate.ts; edit types.graphql and own.graphql there.\n${HEAD}\n${body}\n`;
}

function connection(name: string, { node, properties }: Relation): string {
  const edge = edgeName(name);
  const own = properties.map((property) => `${describeProperty(property)}${property}: Float!`);
  return `type ${name} @tenantScoped {
    edges: [${edge}!]!
    nodes: [${node}!]!
    pageInfo: PageInfo!
    totalCount: Int!
  }
  type ${edge} @tenantScoped {
    cursor: String!
    node: ${node}!
    ${own.join('\n')}
  }`;
}

/** A list changes with the members of its type, selected or only counted. */
const kept = ({ node }: Relation): string => KEPT.replace(')', `, dependsOn: ["${node}"])`);

function pageArguments({ properties }: Relation): string {
  const least = properties.map((property) => `${leastArgument(property)}: Float`);
  return `(${['first: Int = 10', 'after: String', ...least].join(', ')})`;
}

/** Joins the two halves of a type that is partly generated and partly our own. */
function merge(definitions: readonly DefinitionNode[]): DefinitionNode[] {
  const merged = new Map<string, DefinitionNode>();
  for (const definition of definitions) {
    if (!('name' in definition) || !definition.name) continue;
    const { value } = definition.name;
    const known = merged.get(value);
    if (known?.kind === Kind.OBJECT_TYPE_DEFINITION && definition.kind === Kind.OBJECT_TYPE_DEFINITION) {
      merged.set(value, { ...known, fields: [...(known.fields ?? []), ...(definition.fields ?? [])] });
    } else merged.set(value, definition);
  }
  return [...merged.values()];
}

function withScopes(definition: DefinitionNode): DefinitionNode {
  if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION || !GUARDED.has(definition.name.value)) return definition;
  const scope = definition.name.value === 'Mutation' ? 'knowledge:write' : 'knowledge:read';
  const parsed = parse(`type T { f: ID @needsScopes(all: ["${scope}"]) }`).definitions[0];
  const directives = parsed?.kind === Kind.OBJECT_TYPE_DEFINITION ? (parsed.fields?.[0]?.directives ?? []) : [];
  const fields = definition.fields?.map((field) =>
    field.name.value === 'id' ? field : { ...field, directives: [...(field.directives ?? []), ...directives] },
  );
  return { ...definition, fields: fields ?? [] };
}

function describe(type: string, field?: string): string {
  const definition = TYPES.find((candidate) => 'name' in candidate && candidate.name?.value === type);
  if (definition?.kind !== Kind.OBJECT_TYPE_DEFINITION) return '';
  const described = field ? definition.fields?.find(({ name }) => name.value === field) : definition;
  return quote(described?.description);
}

function describeProperty(property: string): string {
  const holders = TYPES.flatMap((type) =>
    type.kind === Kind.OBJECT_TYPE_DEFINITION && isOfRelations(type) ? (type.fields ?? []) : [],
  );
  return quote(holders.find(({ name }) => name.value === property)?.description);
}

const isOfRelations = ({ directives = [] }: ObjectTypeDefinitionNode): boolean =>
  directives.some(({ name }) => name.value === 'relationshipProperties');

function quote(description: StringValueNode | undefined): string {
  return description ? `${JSON.stringify(description.value)}\n` : '';
}

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');
const HEAD = read('./head.graphql');
const OWN = read('../own.graphql');
const TYPES = parse(read('../types.graphql')).definitions;
const KEPT = '@cacheControl(maxAge: 60, shared: true)';
const SHARED = new Set<string>(['Content', 'Tenant']);
const GUARDED = new Set<string>(['Query', 'Mutation', 'Tenant', 'Content' satisfies EntityName]);
