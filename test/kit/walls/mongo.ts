/**
 * Walks a command and says where it could leave the tenant.
 * @returns undefined where it cannot
 */
export function faultOfMongo(command: unknown, tenantId: string): string | undefined {
  const operator = keysIn(command).find((key) => FORBIDDEN.has(key));
  if (operator) return `uses ${operator}`;
  const { collection: _, ...rest } = command as Command;
  const loose = filtersOf(rest).some((filter) => tenantOf(filter) !== tenantId);
  if (loose) return 'has a filter or a document without the tenant';
  return updatesOf(rest).some((update) => keysIn(update).includes('tenantId')) ? 'changes the tenant' : undefined;
}

interface Command {
  readonly collection?: unknown;
  readonly find?: unknown;
  readonly findOne?: unknown;
  readonly countDocuments?: unknown;
  readonly updateOne?: unknown;
  readonly update?: unknown;
  readonly aggregate?: readonly { readonly $match?: unknown }[];
  readonly insertMany?: readonly unknown[];
  readonly bulkWrite?: readonly { readonly updateOne?: { readonly filter: unknown; readonly update?: unknown } }[];
  readonly commitTransaction?: unknown;
}

/** Every filter of a command and every document that it adds. An unknown command has one that no tenant matches. */
function filtersOf(command: Command): readonly unknown[] {
  const { find, findOne, countDocuments, updateOne, aggregate, insertMany, bulkWrite } = command;
  if (aggregate) return [aggregate[0]?.$match];
  if (insertMany) return insertMany;
  if (bulkWrite) return bulkWrite.map((write) => write.updateOne?.filter);
  // Ends what other commands of the same session did.
  if (command.commitTransaction) return [];
  return [find ?? findOne ?? countDocuments ?? updateOne];
}

/** Only what an upsert adds may name the tenant: its own, like the filter. */
function updatesOf({ update, bulkWrite = [] }: Command): readonly unknown[] {
  return [update, ...bulkWrite.map((write) => write.updateOne?.update)].map((one) => {
    const { $setOnInsert: _, ...changes } = (one ?? {}) as Readonly<Record<string, unknown>>;
    return changes;
  });
}

/** At the top level, as a value or as `$eq`: inside `$or` or `$not` it would be no wall. */
function tenantOf(filter: unknown): unknown {
  const { tenantId } = (filter ?? {}) as { readonly tenantId?: unknown };
  return typeof tenantId === 'object' && tenantId !== null ? (tenantId as { readonly $eq?: unknown }).$eq : tenantId;
}

function keysIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(keysIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysIn(inner)]);
}

/** Reads or writes other collections, runs code, or counts without a filter. */
const FORBIDDEN = new Set(
  '$lookup $graphLookup $unionWith $facet $out $merge $where $function $accumulator $collStats $indexStats $documents $geoNear $search $vectorSearch estimatedDocumentCount'.split(
    ' ',
  ),
);
