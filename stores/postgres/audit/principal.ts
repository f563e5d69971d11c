import type { Principal } from '#tenancy/context';
import type { TransactionOptions } from '../tenant.ts';

interface Speaking {
  $queryRaw<T>(query: TemplateStringsArray, ...values: unknown[]): PromiseLike<T>;
}

/** Tells the audit's triggers who acts in this transaction, and what is meant. It ends with the transaction. */
export async function sayWho(
  tx: Speaking,
  { kind, id }: Principal,
  { action = '', metadata = {} }: TransactionOptions,
): Promise<void> {
  const who = `${kind}:${id}`;
  await tx.$queryRaw`SELECT set_config('app.principal', ${who}, true), set_config('app.action', ${action}, true),
    set_config('app.audit_metadata', ${JSON.stringify(metadata)}, true)`;
}
