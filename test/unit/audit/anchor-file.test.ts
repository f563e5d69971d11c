import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAnchorFile } from '#operations/audit/anchor-file';

describe('the anchor file', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'polygraph-anchors-'));
    file = join(dir, 'anchors.jsonl');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const head = (seq: bigint) => ({ chain: CHAIN, tenantId: CHAIN, seq, hash: 'a'.repeat(64) });
  const write = async (...seqs: bigint[]) => {
    for (const seq of seqs) await openAnchorFile(file, SECRETS).append([head(seq)]);
  };
  const change = (work: (lines: string[]) => string[]): void =>
    writeFileSync(file, work(readFileSync(file, 'utf8').split('\n')).join('\n'));

  it('gets a line for each head that has moved on', async () => {
    await write(1n, 1n, 2n);
    expect((await openAnchorFile(file, SECRETS).read()).map(({ seq }) => seq)).toEqual([1n, 2n]);
  });

  it.each([
    [
      'changed',
      (lines: string[]) => lines.map((line) => line.replace('"seq":"2"', '"seq":"9"')),
      /Line 2 .* was changed/,
    ],
    ['taken out', ([, ...rest]: string[]) => rest, /Line 1 .* does not follow/],
    ['moved', ([a = '', b = '', ...rest]: string[]) => [b, a, ...rest], /Line 1 .* does not follow/],
    ['forged', ([a = '']: string[]) => [a.replaceAll('a', 'b'), ''], /Line 1 .* is not an anchor|was changed/],
  ])('refuses a line that was %s', async (_, forge, message) => {
    await write(1n, 2n, 3n);
    change(forge);
    await expect(openAnchorFile(file, SECRETS).read()).rejects.toThrow(message);
  });

  it('refuses lines of who does not know the secret', async () => {
    await openAnchorFile(file, ['another secret of thirty-two letters']).append([head(1n)]);
    await expect(openAnchorFile(file, SECRETS).read()).rejects.toThrow(/another secret/);
  });

  it('goes on after a line that a killed process left unfinished', async () => {
    await write(1n);
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"prev":"x`);
    await write(2n);
    expect(await openAnchorFile(file, SECRETS).read()).toHaveLength(2);
  });
});

const CHAIN = '00000000-0000-4000-8000-000000000001';
const SECRETS: [string] = ['a secret of thirty-two characters or more'];
