import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Question } from './asking.ts';
import { entityDoorOf } from './entities.ts';
import { minimise, minimiseList } from './minimise.ts';
import { judge } from './oracle.ts';
import { othersOf } from './others.ts';
import { askBoth, type Finding, type Round, type Run } from './round.ts';
import { isMutation, runSequence } from './writes.ts';

/** Asks again and again with less, until nothing can go. @returns the finding with its smallest questions */
export async function minimiseFinding(run: Run, round: Round, finding: Finding): Promise<Finding> {
  if (!finding.repeats) return finding;
  const fails = failing(run, round, finding);
  let questions = await minimiseList(finding.questions, fails);
  for (const [index, question] of questions.entries()) {
    const others = questions;
    const swapped = (smaller: Pick<Question, 'text' | 'variables'>): Question[] =>
      others.map((one, at) => (at === index ? { ...question, ...smaller } : one));
    const smallest = await minimise(question, {
      schema: schemaOf(run, question),
      fails: (candidate) => fails(swapped(candidate)),
      tries: isMutation(question) ? 80 : 400,
    });
    questions = swapped(smallest);
  }
  return { ...finding, questions };
}

/** Writes what another person needs to see it again. @param logs of the worlds @returns the file */
export async function writeFinding(
  dir: string,
  seed: number,
  { verdict, round, ...finding }: Finding,
  logs: readonly string[],
): Promise<string> {
  await mkdir(dir, { recursive: true });
  const file = path.join(dir, `finding-${seed}-${round.name}.md`);
  const parts = finding.questions.map(
    ({ to, tenant, caller, text, variables }) =>
      `${to} as ${caller}${tenant.id === round.victim.id ? ' of the victim' : ''}\n\n\`\`\`graphql\n${text}\n\`\`\`\n\n\`\`\`json\n${JSON.stringify(variables, null, 2)}\n\`\`\`\n`,
  );
  const who = [
    `attacker ${round.attacker.tier} ${round.attacker.id} ${round.attacker.tenant.canary}`,
    `victim ${round.victim.tier} ${round.victim.id} ${round.victim.tenant.canary}`,
  ];
  const head = `# ${verdict.kind}\n\nSeed ${seed}, round ${round.name}${finding.repeats ? '' : '; it did not happen again'}.\n\n`;
  const detail = `\n\`\`\`\n${verdict.detail.slice(0, 20_000)}\n\`\`\`\n`;
  const logged = `\n\`\`\`\n${(await Promise.all(logs.map((log) => linesOf(log, round.name)))).flat().join('\n')}\n\`\`\`\n`;
  await writeFile(file, `${head}${who.join('\n')}\n\n${parts.join('\n')}${detail}${logged}`);
  return file;
}

/** What a world logged of the requests of a round, the last lines. */
async function linesOf(log: string, round: string): Promise<string[]> {
  const lines = (await readFile(log, 'utf8')).split('\n');
  return lines.filter((line) => line.includes(`"${round}-`)).slice(-10);
}

function failing(run: Run, round: Round, { verdict, isMutation: writes }: Finding) {
  const others = othersOf(run.worlds, round.attacker.tenant);
  return async (questions: readonly Question[]): Promise<boolean> => {
    if (writes) return (await runSequence(run, round, questions))?.verdict.kind === verdict.kind;
    for (const question of questions) {
      const again = judge(question, ...(await askBoth(run, question)), { others });
      if (again?.kind === verdict.kind) return true;
    }
    return false;
  };
}

const schemaOf = ({ schema }: Run, { to }: Question) =>
  to === 'gateway' ? schema : (entityDoorOf(to)?.schema ?? schema);
