import { MUTANTS } from './index.ts';
import type { Verdict } from './judge.ts';

/** One line: how many walls were taken away, and what became of it. */
export function score(verdicts: readonly Verdict[]): string {
  const count = (result: Verdict['result']): number => verdicts.filter((verdict) => verdict.result === result).length;
  const failures = count('survived') + count('broken');
  const parts = [`${count('caught')} caught`, `${count('covered')} covered by another wall`];
  if (failures > 0) parts.push(`${count('survived')} SURVIVED`, `${count('broken')} BROKEN`);
  return `${verdicts.length - failures} of ${verdicts.length} mutants: ${parts.join(', ')}.`;
}

export function rows(verdicts: readonly Verdict[]): string[][] {
  return verdicts.map(({ id, result, by, seconds }) => {
    const wall = MUTANTS.find((mutant) => mutant.id === id)?.wall ?? '';
    return [id, wall, LABELS[result], by.replace(/\s+/g, ' ').slice(0, 160), seconds.toFixed(0)];
  });
}

export const HEADING = ['Mutant', 'What is taken away', 'Verdict', 'By', 'Seconds'] as const;

const LABELS: Readonly<Record<Verdict['result'], string>> = {
  caught: 'caught',
  covered: 'covered',
  survived: 'SURVIVED',
  broken: 'BROKEN',
};

/** The page docs/mutants.md. @param ran one sentence: of which sources the verdicts are */
export function page(
  verdicts: readonly Verdict[],
  ran: string,
  markdownTable: (heading: string[], rows: string[][]) => string,
): string {
  const table = markdownTable(
    HEADING.slice(0, 4),
    rows(verdicts).map((row) => row.slice(0, 4)),
  );
  return `${INTRODUCTION}\n\n**${score(verdicts)}** ${ran}\n\n${table}\n`;
}

const INTRODUCTION = `# Mutants

Written by \`npm run mutants\`, which takes each wall between tenants away, in a copy of the sources, and runs the tests
that should notice. It fails where one does not.

- **caught**: this test failed, with every other test file of the run green before the wall was taken away.
- **covered**: all tests stayed green, because the walls that are named hold by themselves. A mutant that takes all of
  them away together, whose id joins theirs with \`+\`, has to be caught.`;
