import { type GraphQLSchema, getNamedType, parse, TypeInfo, visit, visitWithTypeInfo } from 'graphql';
import type { Question } from './asking.ts';
import { drawRepresentations, type EntityDoor } from './entities.ts';
import { walkAnswer } from './harvest.ts';
import { drawVariables, type RandomOperation } from './operations.ts';
import type { Round, Run } from './round.ts';

/** A document as it is asked again and again, by all attackers in turn. */
export interface AskedDocument {
  readonly text: string;
  readonly to: Question['to'];
  /** How many objects it asks for, which is about what it costs to answer. */
  readonly size: number;
  /** False where every time is like the first. */
  readonly isVaried: boolean;
  draw(round: Pick<Round, 'pool' | 'random'>): Readonly<Record<string, unknown>>;
  /** Tells the coverage what an answer showed. */
  see(text: string): void;
}

/** @param door where it asks a subgraph for entities */
export function askedDocument(
  { schema, coverage, counts }: Pick<Run, 'schema' | 'coverage' | 'counts'>,
  operation: RandomOperation,
  door?: EntityDoor,
): AskedDocument {
  const { text } = operation;
  const document = parse(text, { noLocation: true });
  const unseen = door ? new Set<string>() : fieldsIn(schema, text);
  counts.documents += 1;
  return {
    text,
    to: door?.subgraph ?? 'gateway',
    size: text.split('{').length - 1,
    isVaried: door !== undefined || operation.parameters.size > 0,
    draw({ pool, random }) {
      const variables = drawVariables(operation, pool, random);
      return door ? { ...variables, representations: drawRepresentations(door, text, pool, random) } : variables;
    },
    see(answer) {
      // To read every answer would cost as much as to compare it.
      for (const field of unseen) if (coverage.hasSeen(field)) unseen.delete(field);
      if (unseen.size === 0) return;
      const { data } = JSON.parse(answer) as { data?: unknown };
      walkAnswer(schema, document, data, coverage.saw);
    },
  };
}

/** All `Type.field` that the document asks for. */
function fieldsIn(schema: GraphQLSchema, text: string): Set<string> {
  const fields = new Set<string>();
  const types = new TypeInfo(schema);
  visit(
    parse(text, { noLocation: true }),
    visitWithTypeInfo(types, {
      Field({ name: { value } }) {
        const parent = types.getParentType();
        if (parent && !value.startsWith('__')) fields.add(`${getNamedType(parent).name}.${value}`);
      },
    }),
  );
  return fields;
}
