import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { createProgress } from '#operations/import/progress';
import { ensureContext, openDesk } from '#operations/memory/desk';
import { importTexts, readTextLines } from '#operations/memory/import';
import { openPostgres } from '#stores/postgres/index';
import { alignSome } from '#subgraphs/relational/memory/encryption/align';
import { countAmiss, within } from '#subgraphs/relational/memory/encryption/amiss';
import { findNearest } from '#subgraphs/relational/memory/offloaded/nearest';
import { readPiece } from '#subgraphs/relational/memory/offloaded/restore';
import type { OffloadDesk } from '#subgraphs/relational/memory/offloaded/write';
import { dangerouslyActAsService } from '#tenancy/service';
import { CommandError } from './explain.ts';
import { findTenant, quietLogger, readInstallation } from './installation.ts';

export const importCommand = new Command('import')
  .description(
    'offload the texts of a file with lines of JSON: {"key", "title", "text", "tags"}; run again, it takes only what changed',
  )
  .argument('<file>', 'a line a text; what is wrong with one is told with its number, and the others are taken')
  .requiredOption('--tenant <slug>', 'whose texts they become')
  .option('--context <project/context>', 'where they are kept; made where it is missing', projectAndContext, [
    'imported',
    'texts',
  ] as const)
  .action(async (file: string, { tenant, context }: { tenant: string; context: readonly [string, string] }) => {
    const total = await countLines(file);
    await atDesk(tenant, async (desk) => {
      let wrong = 0;
      const texts = readTextLines(file, desk.limit, (line, problem) => {
        wrong += 1;
        process.stderr.write(`${file}:${line}: ${problem}\n`);
      });
      const contextId = await ensureContext(desk, ...context);
      await importTexts({ desk, contextId, texts, total, progress: createProgress() });
      if (wrong > 0) throw new CommandError(`${wrong} of ${total} lines were not taken.`);
    });
  });

export const askCommand = new Command('ask')
  .description('the passages of offloaded texts that are nearest to a question')
  .argument('<question>')
  .requiredOption('--tenant <slug>', 'whose texts are asked')
  .option('--first <number>', 'how many', (text) => Number(text), 3)
  .action(async (question: string, { tenant, first }: { tenant: string; first: number }) => {
    await atDesk(tenant, async ({ postgres, vault, embedder }) => {
      const hits = await findNearest({ text: question, first }, postgres, embedder);
      if (hits.length === 0) throw new CommandError(`The tenant ${tenant} has no text that could be found.`);
      for (const { offloaded, similarity } of hits) {
        const text = (await readPiece(postgres, vault, offloaded.id, 0))?.toString('utf8') ?? '';
        process.stdout.write(`\n${similarity.toFixed(2)}  ${offloaded.title}\n${beginningOf(text)}\n`);
      }
    });
  });

export const encryptCommand = new Command('encrypt')
  .description(
    'bring what is remembered in line with what was set: encrypt, decrypt, or take the newest key; go on at any time',
  )
  .requiredOption('--tenant <slug>', 'whose memory')
  .action(async ({ tenant }: { tenant: string }) => {
    await atDesk(tenant, async (desk) => {
      const where = within(undefined);
      const { left: total } = await countAmiss(desk.postgres, where);
      const step = createProgress().begin('rows', total);
      for (let before = total; before > 0; ) {
        await alignSome({ ...desk, where });
        const { left } = await countAmiss(desk.postgres, where);
        step.advance(Math.max(0, before - left));
        before = left;
      }
      step.end(`${total} in line`);
    });
  });

async function atDesk(slug: string, work: (desk: OffloadDesk) => Promise<void>): Promise<void> {
  const settings = await readInstallation(process.env);
  const log = quietLogger();
  const { id, tier } = await findTenant(slug, settings, log);
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets } = settings;
  const postgres = openPostgres({ url, secrets, log, poolSize: 2, timeoutMs: 10_000 });
  try {
    const tenant = dangerouslyActAsService(id, tier, 'memory', 'works on offloaded texts', log);
    await work(await openDesk(postgres, tenant, settings));
  } finally {
    await postgres.close();
  }
}

async function countLines(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new CommandError(`There is no file ${file}.`);
  let lines = 0;
  let last = '\n';
  for await (const part of createReadStream(file, 'utf8') as AsyncIterable<string>) {
    lines += part.split('\n').length - 1;
    last = part.at(-1) ?? last;
  }
  return last === '\n' ? lines : lines + 1;
}

function projectAndContext(text: string): readonly [string, string] {
  const [project = '', context = '', ...more] = text.split('/');
  if (KEY.test(project) && KEY.test(context) && more.length === 0) return [project, context];
  throw new InvalidArgumentError('It is two keys of a-z, 0-9 and inner hyphens, such as docs/packages.');
}

/** Some lines, so that a reader sees whether it is the answer. */
const beginningOf = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, 6)
    .map((line) => `      ${line.slice(0, 110)}`)
    .join('\n');

const KEY = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
