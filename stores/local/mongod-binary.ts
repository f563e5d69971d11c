import path from 'node:path';
import { findOnPath } from './programs.ts';
import { type LaunchOptions, LocalStoreError } from './types.ts';

/**
 * A real mongod: POLYGRAPH_MONGOD, else one on PATH, else MongoDB's own download
 * through mongodb-memory-server where its site answers at once.
 * @param needed the data were written by a mongod, so nothing else will do
 * @returns undefined where there is none
 */
export async function findMongod(options: LaunchOptions, needed: boolean): Promise<string | undefined> {
  const atHand = process.env.POLYGRAPH_MONGOD || findOnPath('mongod');
  if (atHand) return atHand;
  if (process.env.POLYGRAPH_DOWNLOAD_MONGOD !== '0') {
    const downloaded = await download(options);
    if (downloaded) return downloaded;
  }
  if (!needed) return undefined;
  throw new LocalStoreError(
    `${path.join(options.dir, 'mongod')} was written by a mongod, and none is here any more.\n` +
      'Set POLYGRAPH_MONGOD=/path/to/mongod, or delete that folder and mongo.engine beside it to start anew.',
  );
}

const VERSION = '8.2.6';
const SITE = 'https://fastdl.mongodb.org/';
const PROBE_MS = 1_500;

async function download({ toolsDir, progress, log }: LaunchOptions): Promise<string | undefined> {
  const { DryMongoBinary, MongoBinary } = await import('mongodb-memory-server-core');
  const options = { version: VERSION, downloadDir: path.join(toolsDir, 'mongod') };
  const known = await DryMongoBinary.locateBinary(options).catch(() => undefined);
  if (known) return known;
  if (!(await answers(SITE))) {
    log.info({ site: SITE }, 'no mongod download: the site does not answer');
    return undefined;
  }
  try {
    progress(`Fetching mongod ${VERSION}, once ...`);
    return await MongoBinary.getPath(options);
  } catch (error) {
    progress(`mongod ${VERSION} could not be fetched; using SecantusDB instead`);
    log.warn({ err: error }, 'mongod download failed');
    return undefined;
  }
}

async function answers(site: string): Promise<boolean> {
  try {
    await fetch(site, { method: 'HEAD', signal: AbortSignal.timeout(PROBE_MS) });
    return true;
  } catch {
    return false;
  }
}
