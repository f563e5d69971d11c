import type { Statement } from '#platform/statements';
import type { StoreName } from '#platform/tally';

/**
 * What is missing for a statement to stay inside the tenant, read from the
 * statement itself and not from the code that made it.
 * @returns undefined where the wall stands
 */
export function missingWall(statement: Statement, tenantId: string): string | undefined {
  return WALLS[statement.store](statement, tenantId) ? undefined : `${statement.store}: ${statement.text}`;
}

const WALLS: Record<StoreName, (statement: Statement, tenantId: string) => boolean> = {
  // Row-level security reads the tenant from the transaction, so the text alone says nothing.
  postgres: (statement, tenantId) => statement.tenantId === tenantId,
  mongo: ({ text }, tenantId) => filtersOf(JSON.parse(text)).every((filter) => tenantOf(filter) === tenantId),
  neo4j: (statement, tenantId) => statement.tenantId === tenantId && /\$(?:jwt\.)?tenantId\b/.test(statement.text),
  redis: ({ text }, tenantId) =>
    text
      .split(' ')
      .slice(1)
      .every((key) => key.startsWith(`tenant:{${tenantId}}:`)),
};

/** Every filter of a command and every document that it adds. An unknown command has one that no tenant matches. */
function filtersOf(command: MongoCommand): readonly unknown[] {
  const { find, findOne, countDocuments, updateOne, aggregate, insertMany, bulkWrite } = command;
  if (aggregate) return [aggregate[0]?.$match];
  if (insertMany) return insertMany;
  if (bulkWrite) return bulkWrite.map((write) => write.updateOne?.filter);
  // Ends what other commands of the same session did.
  if (command.commitTransaction) return [];
  return [find ?? findOne ?? countDocuments ?? updateOne];
}

interface MongoCommand {
  readonly find?: unknown;
  readonly findOne?: unknown;
  readonly countDocuments?: unknown;
  readonly updateOne?: unknown;
  readonly aggregate?: readonly { readonly $match?: unknown }[];
  readonly insertMany?: readonly unknown[];
  readonly bulkWrite?: readonly { readonly updateOne?: { readonly filter: unknown } }[];
  readonly commitTransaction?: unknown;
}

/** At the top level, as a value or as `$eq`: inside `$or` or `$not` it would be no wall. */
function tenantOf(filter: unknown): unknown {
  const { tenantId } = (filter ?? {}) as { readonly tenantId?: unknown };
  return typeof tenantId === 'object' && tenantId !== null ? (tenantId as { readonly $eq?: unknown }).$eq : tenantId;
}
