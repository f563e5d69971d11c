import type { FuzzResult } from './index.ts';

/** What a run did, for people. */
export function summaryOf({ counts, seconds, coverage, coverageOfTenants, missing, findings }: FuzzResult): string {
  const lines = [
    `${counts.operations} operations of ${counts.documents} documents in ${seconds.toFixed(0)} s (${(counts.operations / seconds).toFixed(0)}/s)`,
    `${counts.mutations} mutations, ${counts.entities} at the subgraphs, ${counts.refused} refused, ${counts.ofVictims} of victims beside them, ${counts.busy} asked again, ${counts.unanswered} never answered, ${counts.raced} that differed in which error was first`,
    `${(coverageOfTenants * 100).toFixed(1)} % of the fields of tenants answered with something, ${(coverage * 100).toFixed(1)} % of all; never: ${missing.join(', ') || 'none'}`,
    `${findings.length} findings`,
  ];
  return lines.join('\n');
}
