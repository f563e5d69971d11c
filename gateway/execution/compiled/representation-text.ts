import type { Schema } from '@apollo/federation-internals';
import { getResponseName, type QueryPlanSelectionNode } from '@apollo/query-planner';
import { quoted } from './json.ts';
import type { Fields } from './objects.ts';
import { reader } from './selections.ts';
import { typeTest } from './types.ts';

export interface TextRepresentation {
  /** As JSON text; undefined where it cannot be made. */
  readonly represent: (entity: Fields) => string | undefined;
  readonly key: OnlyKey | undefined;
}

/** The one field beside `__typename` that representations of a type are made of. */
export interface OnlyKey {
  /** Of the entities themselves. */
  readonly typename: string;
  readonly name: string;
}

/**
 * The representations that nearly all are: of one type, made of fields without
 * fields. They are written as text at once, with no object in between.
 * @returns undefined for what takes `compileRepresentation`
 */
export function compileRepresentationText(
  supergraph: Schema,
  [only, ...others]: readonly QueryPlanSelectionNode[],
): TextRepresentation | undefined {
  if (only?.kind !== 'InlineFragment' || !only.typeCondition || others.length > 0) return undefined;
  const leaves = only.selections.flatMap((node) => (node.kind === 'Field' && !node.selections ? [node] : []));
  const names = leaves.map(getResponseName);
  const unique = new Set(names).size === only.selections.length;
  if (!unique || !names.includes('__typename')) return undefined;
  const matches = typeTest(supergraph, only.typeCondition);
  const labels = names.map((name, at) => `${at === 0 ? '{' : ','}${JSON.stringify(name)}:`);
  const reads = names.map(reader);
  const typenameAt = names.indexOf('__typename');
  const typenameText = rememberNarrow((typename) => `${labels[typenameAt]}"${typename}"`);
  const represent = (entity: Fields): string | undefined => {
    const { __typename: typename } = entity;
    if (typeof typename !== 'string' || !matches(typename)) return undefined;
    let text = '';
    for (let at = 0; at < names.length; at += 1) {
      const value = reads[at]?.(entity);
      if (value === undefined) return undefined;
      text += at === typenameAt ? typenameText(typename) : labels[at] + leafText(value);
    }
    return `${text}}`;
  };
  return { represent, key: onlyKey(supergraph, only.typeCondition, names) };
}

/**
 * V8 keeps a name as it met it first: in a text with a curly quote somewhere, at two bytes a character. All that is
 * joined with it then takes two as well, and twice the time to hash, to copy and to send.
 * @param make text of a GraphQL name, which is ASCII; of few names, as each text is kept
 */
function rememberNarrow(make: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const earlier = known.get(name);
    if (earlier !== undefined) return earlier;
    const text = Buffer.from(make(name), 'latin1').toString('latin1');
    known.set(name, text);
    return text;
  };
}

function leafText(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : JSON.stringify(value);
}

/** A name that objects inherit is left to the slower road, which looks twice. */
function onlyKey(supergraph: Schema, typename: string, names: readonly string[]): OnlyKey | undefined {
  const [name, ...others] = names.filter((one) => one !== '__typename');
  if (name === undefined || others.length > 0 || name in Object.prototype) return undefined;
  return supergraph.type(typename)?.kind === 'ObjectType' ? { typename, name } : undefined;
}
