import type { Statement } from '#platform/statements';
import type { StoreName } from '#platform/tally';
import { checkStatement } from '#stores/neo4j/guard';
import { placementOf, schemaOf } from '#stores/postgres/placement';
import type { Tier } from '#tenancy/tiers';
import { faultOfMongo } from './walls/mongo.ts';
import { faultOfSql } from './walls/sql.ts';

export interface Owner {
  readonly id: string;
  readonly tier: Tier;
}

/**
 * What is missing for a statement to stay inside the tenant, read from the
 * statement itself and not from the code that made it: SQL by PostgreSQL's
 * parser, Cypher by the parser of the guard, commands of MongoDB as the objects
 * that they are.
 * @returns undefined where the wall stands
 */
export function missingWall(statement: Statement, owner: Owner): string | undefined {
  // A key of Redis holds the tenant itself.
  const bound = statement.store === 'redis' || statement.tenantId === owner.id;
  const unbound = bound ? undefined : 'is not bound to the tenant';
  const fault = unbound ?? FAULTS[statement.store](statement.text, owner);
  return fault && `${statement.store} ${fault}: ${statement.text}`;
}

const FAULTS: Record<StoreName, (text: string, owner: Owner) => string | undefined> = {
  // The policies add the predicate on the tenant of the transaction; what is looked for is a way past them.
  postgres: (text, { id: tenantId, tier }) => faultOfSql(text, schemaOf(placementOf({ tenantId, tier }))),
  mongo: (text, { id }) => faultOfMongo(JSON.parse(text), id),
  neo4j: (text) => {
    try {
      checkStatement(text);
      return undefined;
    } catch (error) {
      return `is refused by the guard, ${(error as Error).message}`;
    }
  },
  redis(text, { id }) {
    const keys = text.split(' ').slice(1);
    return keys.every((key) => key.startsWith(`tenant:{${id}}:`)) ? undefined : 'names a key of nobody or of another';
  },
};
