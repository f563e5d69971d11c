import type { Field, Schema } from '@apollo/federation-internals';
import { type DocumentNode, Kind, parse, type SelectionSetNode, visit } from 'graphql';

/**
 * What a client asks of a field that some `@requires` asks with arguments, too:
 * `notes(first: 1)` beside `@requires(fields: "notes(first: 3) { writer }")`. The
 * planner puts both under one name, and the resolver gets the client's one note
 * for its three. So for planning, the client's field has an alias of its own, and
 * what is required has the name to itself.
 */
export interface OwnAliases {
  /** As the planner should see the document. */
  apply(document: DocumentNode): DocumentNode;
  /** The name that a field of the client has in fetched data. */
  nameInData(element: Field): string;
}

export function readOwnAliases(supergraph: Schema): OwnAliases {
  const required = new Set<string>();
  for (const type of supergraph.types()) {
    if (type.kind !== 'ObjectType' && type.kind !== 'InterfaceType') continue;
    for (const field of type.fields()) {
      for (const { requires } of field.appliedDirectivesOf('join__field').map((one) => one.arguments())) {
        if (typeof requires === 'string' && requires.includes('(')) collect(parse(`{${requires}}`), required);
      }
    }
  }
  return {
    apply(document) {
      if (required.size === 0) return document;
      return visit(document, {
        Field(node) {
          if (!required.has(node.name.value) || !node.arguments?.length) return undefined;
          return { ...node, alias: { kind: Kind.NAME, value: PREFIX + (node.alias ?? node.name).value } };
        },
      });
    },
    nameInData(element) {
      const own = required.has(element.name) && element.args && Object.keys(element.args).length > 0;
      return own ? PREFIX + element.responseName() : element.responseName();
    },
  };
}

function collect(selection: DocumentNode | SelectionSetNode, required: Set<string>): void {
  visit(selection, {
    Field(node) {
      if (node.arguments?.length) required.add(node.name.value);
    },
  });
}

/** For paths of errors, which name what the client asked for. */
export const withoutOwnAlias = <T>(step: T): T | string =>
  typeof step === 'string' && step.startsWith(PREFIX) ? step.slice(PREFIX.length) : step;

const PREFIX = '_polygraph_own_';
