import type { Schema } from '@apollo/federation-internals';
import type { FetchDataRewrite } from '@apollo/query-planner';
import { type Fields, ownValue, setOwn } from './objects.ts';
import { typeTest } from './types.ts';

/** Changes data in place, as the plan says for interface objects and for aliases that the planner made up. */
export type Rewrite = (value: unknown) => void;

export function compileRewrites(supergraph: Schema, rewrites: readonly FetchDataRewrite[] | undefined): Rewrite {
  const compiled = (rewrites ?? []).map((rewrite) => compileRewrite(supergraph, rewrite));
  if (compiled.length === 0) return () => {};
  return (value) => {
    for (const rewrite of compiled) rewrite(value);
  };
}

function compileRewrite(supergraph: Schema, rewrite: FetchDataRewrite): Rewrite {
  const last = rewrite.path.at(-1);
  if (last === undefined) return () => {};
  if (last.startsWith(FRAGMENT)) throw new TypeError('A rewrite of the plan ends at a fragment.');
  const change = rewrite.kind === 'ValueSetter' ? setter(last, rewrite.setValueTo) : renamer(last, rewrite.renameKeyTo);
  return rewrite.path
    .slice(0, -1)
    .reduceRight((next, step) => forEachObject(descend(supergraph, step, next)), forEachObject(change));
}

type Change = (fields: Fields) => void;

function setter(name: string, value: unknown): Change {
  return (fields) => setOwn(fields, name, value);
}

function renamer(name: string, to: string): Change {
  return (fields) => {
    const value = ownValue(fields, name);
    if (!value) return;
    setOwn(fields, to, value);
    setOwn(fields, name, undefined);
  };
}

function descend(supergraph: Schema, step: string, next: Rewrite): Change {
  if (!step.startsWith(FRAGMENT)) return (fields) => next(ownValue(fields, step));
  const matches = typeTest(supergraph, step.slice(FRAGMENT.length));
  return (fields) => {
    const typename = fields.__typename;
    if (!typename || matches(String(typename))) next(fields);
  };
}

function forEachObject(change: Change): Rewrite {
  const rewrite: Rewrite = (value) => {
    if (Array.isArray(value)) for (const element of value) rewrite(element);
    else if (typeof value === 'object' && value !== null) change(value as Fields);
  };
  return rewrite;
}

const FRAGMENT = '... on ';
