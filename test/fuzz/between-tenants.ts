/**
 * Fields that another tenant fills by sharing or by learning together. In the two
 * worlds nobody does, as the oracle could not tell what is shown on purpose from a
 * leak. They are asked for like all others, and must be empty.
 * test/isolation/sharing.test.ts and federated-learning.test.ts have tenants that do.
 */
export const BETWEEN_TENANTS: ReadonlySet<string> = new Set([
  'Query.sharingOffers',
  'Mutation.answerSharingOffer',
  'Mutation.joinFederatedSession',
  'FederatedRound.contributors',
  'FederatedRound.insight',
  'FederatedRound.noiseDeviation',
  'FederatedRound.decidedAt',
  'Mutation.endFederatedRound',
]);
