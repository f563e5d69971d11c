import { closing, isSign } from './brackets.ts';
import { mapProves } from './proofs.ts';
import { StatementRefused, type Token } from './tokens.ts';

export interface NodePattern {
  readonly name: string | undefined;
  /** Its map fixes the tenant. */
  readonly proven: boolean;
}

export interface Patterns {
  /** In the order of the text. */
  readonly nodes: readonly NodePattern[];
  /** Variables of relationships and paths. */
  readonly others: readonly string[];
  /** The insides of all property maps, which are expressions. */
  readonly maps: readonly (readonly Token[])[];
}

/**
 * Reads what follows MATCH, MERGE or CREATE: chains of nodes and single
 * relationships, comma-separated, each perhaps named as a path. Anything else
 * (variable length, quantifiers, shortest paths, conditions inside a pattern,
 * maps from a parameter) is refused.
 */
export function parsePatterns(tokens: readonly Token[]): Patterns {
  const nodes: NodePattern[] = [];
  const others: string[] = [];
  const maps: Token[][] = [];
  let at = 0;

  const take = (text: string): void => {
    if (!isSign(tokens[at], text)) refuse(tokens, at);
    at += 1;
  };
  const name = (): string | undefined => {
    if (tokens[at]?.kind !== 'word') return undefined;
    at += 1;
    return tokens[at - 1]?.text;
  };
  const labels = (): void => {
    while (isSign(tokens[at], ':') || isSign(tokens[at], '|') || isSign(tokens[at], '&')) {
      at += 1;
      if (!name()) refuse(tokens, at);
    }
  };
  const map = (): Token[] => {
    if (!isSign(tokens[at], '{')) return [];
    const end = closing(tokens, at);
    const inside = tokens.slice(at + 1, end);
    at = end + 1;
    maps.push(inside);
    return inside;
  };
  const node = (): void => {
    take('(');
    const variable = name();
    labels();
    nodes.push({ name: variable, proven: mapProves(map()) });
    take(')');
  };
  const relationship = (): void => {
    if (isSign(tokens[at], '<')) at += 1;
    take('-');
    if (isSign(tokens[at], '[')) {
      at += 1;
      const variable = name();
      if (variable) others.push(variable);
      labels();
      map();
      take(']');
    }
    take('-');
    if (isSign(tokens[at], '>')) at += 1;
  };

  do {
    if (tokens[at]?.kind === 'word') {
      others.push(name() ?? '');
      take('=');
    }
    node();
    while (isSign(tokens[at], '-') || isSign(tokens[at], '<')) {
      relationship();
      node();
    }
  } while (isSign(tokens[at], ',') && ++at);
  if (at < tokens.length) refuse(tokens, at);
  return { nodes, others, maps };
}

function refuse(tokens: readonly Token[], at: number): never {
  const near = tokens.slice(Math.max(0, at - 3), at + 3).map(({ text }) => text);
  throw new StatementRefused(`The guard reads plain patterns only, not \`${near.join(' ')}\`.`);
}
