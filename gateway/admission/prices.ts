import { type ConstDirectiveNode, type DocumentNode, Kind, valueFromASTUntyped } from 'graphql';

/** What the contract says of costs, read from a composed supergraph. */
export interface Prices {
  /** @cost of a field. */
  ofField(type: string, field: string): Price;
}

export interface Price {
  /** What it is expected to ask of the stores, in points; absent: the default. */
  readonly weight?: number;
  /** The argument that says how long its list is. */
  readonly sizedBy?: string;
  /** How long its list is where no argument says it. */
  readonly assumedSize?: number;
}

export function readPrices(supergraph: DocumentNode): Prices {
  const prices = new Map<string, Price>();
  for (const node of supergraph.definitions) {
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const { name, directives } of node.fields ?? []) {
      const [given] = (directives ?? []).filter((directive) => directive.name.value === 'cost');
      if (given) prices.set(`${node.name.value}.${name.value}`, priceOf(given));
    }
  }
  return { ofField: (type, field) => prices.get(`${type}.${field}`) ?? {} };
}

function priceOf({ arguments: given = [] }: ConstDirectiveNode): Price {
  return Object.fromEntries(given.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));
}
