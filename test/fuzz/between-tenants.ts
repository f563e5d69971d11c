/**
 * Fields that another tenant fills by sharing or by learning together. In the two
 * worlds nobody does: to read what is shared writes to the giver's audit, in the
 * order of the clock, and would change what the digests hold still. They are asked
 * for like all others, and must be empty. test/isolation has tenants that do share.
 */
export const BETWEEN_TENANTS: ReadonlySet<string> = new Set([
  'Query.sharedWithMe',
  'Query.sharingOffers',
  'SharedMemoryConnection.edges',
  'SharedMemoryConnection.nodes',
  'Mutation.answerSharingOffer',
  'Mutation.joinFederatedSession',
  'FederatedRound.contributors',
  'FederatedRound.insight',
  'FederatedRound.noiseDeviation',
  'FederatedRound.decidedAt',
  'Mutation.endFederatedRound',
]);
