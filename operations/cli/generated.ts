import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './root.ts';

/**
 * Writes the code that is derived from the SDL and from the Prisma schema, where
 * either changed since. Commands that import such code call this first, and load it after.
 * @returns whether anything was written
 */
export async function ensureGenerated({ force = false }: { force?: boolean } = {}): Promise<boolean> {
  const stamp = path.join(ROOT, '.polygraph/generated');
  const key = await keyOfInputs();
  const current = existsSync(stamp) && (await readFile(stamp, 'utf8')) === key;
  if (current && OUTPUTS.every((file) => existsSync(path.join(ROOT, file))) && !force) return false;
  const [{ generateResolverTypes }, { generatePrismaClient }] = await Promise.all([
    import('#schema/generate'),
    import('#stores/postgres/generate'),
  ]);
  await Promise.all([generateResolverTypes(), generatePrismaClient()]);
  await mkdir(path.dirname(stamp), { recursive: true });
  await writeFile(stamp, key);
  return true;
}

const INPUTS = /^(schema\/.*\.graphql|schema\/[^/]+\.ts|subgraphs\/[^/]+\/models\.ts|prisma\/schema\.prisma)$/;
const SINGLE_INPUTS = ['stores/postgres/generate.ts', 'package-lock.json'];

const OUTPUTS = ['subgraphs/relational/generated/resolvers.ts', 'stores/postgres/generated/client.ts'];

async function keyOfInputs(): Promise<string> {
  const found = await Promise.all(
    ['schema', 'subgraphs', 'prisma'].map(async (folder) =>
      (await readdir(path.join(ROOT, folder), { recursive: true })).map((file) => `${folder}/${file}`),
    ),
  );
  // The supergraph is derived from the same SDL and changes nothing.
  const files = found.flat().filter((file) => INPUTS.test(file) && file !== 'schema/supergraph.graphql');
  const hash = createHash('sha256');
  for (const file of [...files, ...SINGLE_INPUTS].sort())
    hash.update(`${file}\0`).update(await readFile(path.join(ROOT, file)));
  return hash.digest('hex');
}
