/**
 * Fields that the clock, the load or the disk makes, and not tenants: two worlds would
 * differ in them anyway, so they are not asked for.
 */
export const UNSTABLE: ReadonlySet<string> = new Set([
  'ApiKey.lastUsedAt',
  'Freshness.lagSeconds',
  'Store.latencyMs',
  'Store.checkedAt',
  'Store.state',
  // Tells the audit of the reader, at its moment, which answers of later questions show.
  'Query.sharedMemories',
  'Query.sharedWithMe',
  // Change many rows at once, which the audit tells in the order in which they lie on disk.
  'Mutation.setMemoryEncryption',
  'Mutation.continueMemoryEncryption',
  'Mutation.deleteExecutionContext',
]);
