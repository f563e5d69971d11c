import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureContext, openDesk } from '#operations/memory/desk';
import { type ImportedText, importTexts, readTextLines, type TextCounts } from '#operations/memory/import';
import type { OffloadDesk } from '#subgraphs/relational/memory/offloaded/write';
import { openPostgresWorld, type PostgresWorld } from '#test/kit/postgres';
import { TEST_SECRETS } from '#test/kit/secrets';

let world: PostgresWorld;
let desk: OffloadDesk;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'polygraph-memory-import-'));
  world = await openPostgresWorld({ timeoutMs: 10_000 });
  desk = await openDesk(world.postgres, world.a.context, { POLYGRAPH_SECRETS: TEST_SECRETS, NODE_ENV: 'test' });
});
afterAll(async () => {
  await world.close();
  await rm(dir, { recursive: true });
});

const wrong: string[] = [];
const linesOf = (file: string): AsyncGenerator<ImportedText> =>
  readTextLines(file, 1_000, (line, problem) => wrong.push(`${line}: ${problem}`));
const take = async (context: string, texts: AsyncIterable<ImportedText>): Promise<TextCounts> =>
  importTexts({ desk, contextId: await ensureContext(desk, 'imports', context), texts, total: 0, batchSize: 10 });
const write = async (name: string, lines: readonly unknown[]): Promise<string> => {
  const file = join(dir, name);
  await writeFile(file, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
  return file;
};
const keysOf = async (context: string) => {
  const contextId = await ensureContext(desk, 'imports', context);
  const rows = await desk.postgres.prisma.offloadedContext.findMany({ where: { contextId }, orderBy: { key: 'asc' } });
  return rows.map(({ key }) => key);
};

test('an import tells what is wrong by the number of the line, and takes the rest', async () => {
  const file = await write('wrong.jsonl', [
    { key: 'a', text: 'One.', tags: ['x'] },
    '{ no json',
    { key: 'b', text: '' },
    { text: 'No key.' },
    { key: 'c', text: 'x'.repeat(1_001) },
    { key: 'd', text: 'half \ud800' },
  ]);
  expect(await take('wrong', linesOf(file))).toEqual({ created: 2, replaced: 0, unchanged: 0 });
  expect(await keysOf('wrong')).toEqual(['a', 'line 4']);
  expect(wrong.map((line) => line.slice(0, 2))).toEqual(['2:', '3:', '5:', '6:']);
});

test('an import that was killed is completed by the next, and one too many does nothing', async () => {
  const lines = Array.from({ length: 35 }, (_, n) => ({ key: `k${n}`, text: `Text ${n}.` }));
  const file = await write('killed.jsonl', lines);
  async function* killed(): AsyncGenerator<ImportedText> {
    for await (const text of linesOf(file)) {
      if (text.key === 'k25') throw new Error('killed');
      yield text;
    }
  }
  await expect(take('killed', killed())).rejects.toThrow('killed');
  expect(await keysOf('killed')).toHaveLength(20);
  expect(await take('killed', linesOf(file))).toEqual({ created: 15, replaced: 0, unchanged: 20 });
  expect(await take('killed', linesOf(file))).toEqual({ created: 0, replaced: 0, unchanged: 35 });
  const changed = await write('killed.jsonl', [{ key: 'k0', text: 'Another.' }, ...lines.slice(1)]);
  expect(await take('killed', linesOf(changed))).toEqual({ created: 0, replaced: 1, unchanged: 34 });
});

test('texts in an encrypted context are known again by their encrypted hash', async () => {
  const contextId = await ensureContext(desk, 'imports', 'encrypted');
  await world.superuser('UPDATE execution_contexts SET encryption_enabled = true WHERE id = $1', [contextId]);
  const file = await write('encrypted.jsonl', [{ key: 'a', text: 'Hidden.' }]);
  expect(await take('encrypted', linesOf(file))).toMatchObject({ created: 1 });
  expect(await take('encrypted', linesOf(file))).toMatchObject({ unchanged: 1 });
});
