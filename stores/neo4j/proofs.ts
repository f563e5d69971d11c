import { closing, isSign, isWord, splitOutside } from './brackets.ts';
import type { Token } from './tokens.ts';

/**
 * The variables whose tenant a WHERE fixes: those of its conjuncts that read
 * exactly `v.tenantId = $tenantId`. A conjunct inside OR, XOR, NOT or CASE does
 * not hold in every row, so it proves nothing.
 */
export function variablesProven(where: readonly Token[]): Set<string> {
  const has = (word: string): boolean => splitOutside(where, (token) => isWord(token, word)).length > 1;
  if (has('OR') || has('XOR') || has('CASE')) return new Set();
  const proven = new Set<string>();
  for (const conjunct of splitOutside(where, (token) => isWord(token, 'AND'))) {
    if (isParenthesised(conjunct)) {
      for (const name of variablesProven(conjunct.slice(1, -1))) proven.add(name);
    } else if (conjunct[0] && isTenantEquality(conjunct)) {
      proven.add(conjunct[0].text);
    }
  }
  return proven;
}

/** Whether a property map, given without its braces, fixes the tenant. */
export function mapProves(map: readonly Token[]): boolean {
  const entries = splitOutside(map, (token) => isSign(token, ','));
  const tenants = entries.filter(([key, colon]) => key?.text === 'tenantId' && isSign(colon, ':'));
  return tenants.length === 1 && isTenant(tenants[0]?.slice(2) ?? []);
}

function isTenantEquality([variable, dot, property, equals, ...value]: readonly Token[]): boolean {
  const left = variable?.kind === 'word' && isSign(dot, '.') && property?.text === 'tenantId';
  return left && isSign(equals, '=') && isTenant(value);
}

/** `$tenantId` or `$jwt.tenantId`, both of which only the handle can set. */
function isTenant([parameter, dot, property, ...more]: readonly Token[]): boolean {
  if (parameter?.kind !== 'parameter' || more.length > 0) return false;
  if (parameter.text === 'tenantId') return dot === undefined;
  return parameter.text === 'jwt' && isSign(dot, '.') && property?.text === 'tenantId';
}

function isParenthesised(tokens: readonly Token[]): boolean {
  return isSign(tokens[0], '(') && closing(tokens, 0) === tokens.length - 1;
}
