import { type OperationDefinitionNode, parse } from 'graphql';

/** The operations of a document by name; empty where it does not parse. */
function operationsOf(query: string): readonly OperationDefinitionNode[] {
  try {
    return parse(query).definitions.filter((node) => node.kind === 'OperationDefinition');
  } catch {
    return [];
  }
}

/** The name to send: the wanted one where the document has it, else that of its only operation. */
export function pickOperationName(query: string, wanted: string | null | undefined): string | undefined {
  const operations = operationsOf(query);
  const names = operations.map((operation) => operation.name?.value);
  if (wanted && names.includes(wanted)) return wanted;
  return operations.length === 1 ? names[0] : undefined;
}

/** Only what reads may be sent again without being asked. */
export function isReadOnly(query: string): boolean {
  const operations = operationsOf(query);
  return operations.length > 0 && operations.every((operation) => operation.operation === 'query');
}

/** `01-newest-published` reads as `Newest published`. */
export function titleOf(name: string): string {
  const words = name.replace(/^\d+[-_]/, '').replaceAll(/[-_]+/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
