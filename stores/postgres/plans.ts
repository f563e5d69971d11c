import type { BatchResponse, QueryPlanNode } from '@prisma/client-engine-runtime';
import { SHARED_SCHEMA } from './placement.ts';

/** What Prisma's interpreter runs. Shared between tenants, so nothing here changes one. */
export type Plan = QueryPlanNode;

type Values = Readonly<Record<string, unknown>>;

/** @returns the plan with the values of one call, by the names that it has for them */
export function bindPlan(plan: Plan, values: Values): Plan {
  const bindings = Object.entries(values).map(([name, value]) => ({ name, expr: { type: 'value', args: value } }));
  return bindings.length === 0 ? plan : ({ type: 'let', args: { bindings, expr: plan } } as Plan);
}

export function bindBatch(batch: BatchResponse, values: Values): BatchResponse {
  if (batch.type === 'multi') return { ...batch, plans: batch.plans.map((plan) => bindPlan(plan, values)) };
  // By these the rows of one statement are told apart again.
  const keys = batch.arguments.map((key) =>
    Object.fromEntries(Object.entries(key).map(([field, value]) => [field, resolved(value, values)])),
  );
  return { ...batch, plan: bindPlan(batch.plan, values), arguments: keys };
}

/** @returns a copy whose statements name `schema` instead of the shared one; only SQL is touched, never a value */
export function inSchema<P>(plan: P, schema: string): P {
  return copyOf(plan, (fragment) => rename(fragment, schema)) as P;
}

function copyOf(node: unknown, ofFragment: (fragment: object) => object): unknown {
  if (Array.isArray(node)) return node.map((one) => copyOf(one, ofFragment));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key === 'fragments' && Array.isArray(value) ? value.map(ofFragment) : copyOf(value, ofFragment),
    ]),
  );
}

const rename = (fragment: object, schema: string): object =>
  Object.fromEntries(
    Object.entries(fragment).map(([key, text]) => [
      key,
      typeof text === 'string' ? text.replaceAll(`"${SHARED_SCHEMA}".`, `"${schema}".`) : text,
    ]),
  );

/** A parameter is written in one of two ways, by the compiler or by who asked it. */
function resolved(key: NonNullable<unknown>, values: Values): NonNullable<unknown> {
  const { prisma__value: compiled, value: asked }: Parameter = key;
  const name = (compiled ?? asked)?.name;
  return (name === undefined ? undefined : values[name]) ?? key;
}

interface Parameter {
  readonly prisma__value?: { readonly name?: string };
  readonly value?: { readonly name?: string };
}
