import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';

/** The head of a chain as it was at a time. */
export interface ChainAnchor {
  readonly chain: string;
  readonly tenantId: string;
  readonly seq: bigint;
  readonly hash: string;
  readonly at: string;
}

export class AnchorError extends Error {
  override readonly name = 'AnchorError';
}

/**
 * Heads of audit chains, kept in a file to which lines are only ever added.
 * Each line is signed with a key derived from the master secret and names the
 * line before it, so that whoever can write the database, and even the file, but
 * does not know the secret, can neither change nor add a line; only lines at the
 * end can be taken away. Against that, keep the file where the database's
 * administrators cannot write, or copy it there.
 */
export interface AnchorFile {
  /** @throws AnchorError that names the first line that was not written by us, or not in this place */
  read(): Promise<readonly ChainAnchor[]>;
  /** Adds a line for each that has moved on since its last; one process at a time. @returns how many */
  append(heads: readonly Omit<ChainAnchor, 'at'>[]): Promise<number>;
}

export function openAnchorFile(file: string, secrets: readonly [string, ...string[]]): AnchorFile {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, 'polygraph', 'audit anchors', 32)));
  const [signingKey] = keys;
  const read = async (): Promise<Line[]> => checkLines(await readText(file), keys, file);
  return {
    async read() {
      return (await read()).map(({ chain, tenant, seq, hash, at }) => {
        return { chain, tenantId: tenant, seq: BigInt(seq), hash, at };
      });
    },
    async append(heads) {
      const lines = await read();
      const known = new Map(lines.map(({ chain, seq }) => [chain, seq]));
      const moved = heads.filter(({ chain, seq }) => known.get(chain) !== String(seq));
      if (moved.length === 0 || !signingKey) return 0;
      let prev = lines.at(-1)?.mac ?? START;
      const at = new Date().toISOString();
      const added = moved.map(({ chain, tenantId, seq, hash }) => {
        const fields = { prev, at, chain, tenant: tenantId, seq: String(seq), hash };
        prev = macOf(fields, signingKey);
        return `${JSON.stringify({ ...fields, mac: prev })}\n`;
      });
      await addDurably(file, added.join(''));
      return moved.length;
    },
  };
}

const LINE = z.strictObject({
  prev: z.string(),
  at: z.string(),
  chain: z.uuid(),
  tenant: z.uuid(),
  seq: z.string().regex(/^\d+$/),
  hash: z.string(),
  mac: z.string(),
});
type Line = z.output<typeof LINE>;

function checkLines(text: string, keys: readonly Buffer[], file: string): Line[] {
  let prev = START;
  // What follows the last line break was being written when a process was killed.
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line, index) => {
    const wrong = (why: string): AnchorError => new AnchorError(`Line ${index + 1} of ${file} ${why}.`);
    const parsed = LINE.safeParse(parseJson(line));
    if (!parsed.success) throw wrong('is not an anchor');
    const { mac, ...fields } = parsed.data;
    if (fields.prev !== prev) throw wrong('does not follow the line before: one was taken out or moved');
    if (!keys.some((key) => same(mac, macOf(fields, key)))) throw wrong('was changed, or signed with another secret');
    prev = mac;
    return parsed.data;
  });
}

function macOf(fields: Omit<Line, 'mac'>, key: Buffer): string {
  const { prev, at, chain, tenant, seq, hash } = fields;
  return createHmac('sha256', key)
    .update(JSON.stringify([prev, at, chain, tenant, seq, hash]))
    .digest('hex');
}

function same(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return x !== undefined && y !== undefined && timingSafeEqual(x, y);
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
}

/** Cuts off what a killed process left unfinished, so that the next line is one. */
async function addDurably(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a+', 0o600);
  try {
    const written = await handle.readFile('utf8');
    const whole = written.slice(0, written.lastIndexOf('\n') + 1);
    if (whole.length < written.length) await handle.truncate(Buffer.byteLength(whole));
    await handle.appendFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const START = 'start';
