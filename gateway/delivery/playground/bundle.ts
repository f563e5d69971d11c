import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

export interface Bundle {
  /** File names hold a hash of their content, so they may be cached for ever. */
  readonly script: Asset;
  readonly style: Asset;
}

export interface Asset {
  readonly file: string;
  readonly content: Buffer;
}

/**
 * Bundles the playground once into generated/ and reads it from there as long
 * as neither its source nor a library it is made of changes. Two processes may
 * do it at the same time: they write equal files, each in one rename.
 */
export async function bundlePlayground(folder = GENERATED): Promise<Bundle> {
  const stamp = await stampOfSources();
  return (await readBundle(folder, stamp)) ?? (await writeBundle(folder, stamp));
}

async function readBundle(folder: string, stamp: string): Promise<Bundle | undefined> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8'));
    if (!isManifest(manifest) || manifest.stamp !== stamp) return undefined;
    const load = async (file: string) => ({ file, content: await readFile(join(folder, basename(file))) });
    return { script: await load(manifest.script), style: await load(manifest.style) };
  } catch {
    return undefined;
  }
}

async function writeBundle(folder: string, stamp: string): Promise<Bundle> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL('./app/main.tsx', import.meta.url))],
    outdir: folder,
    entryNames: 'playground-[hash]',
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [withoutEmbeddedFonts],
    logLevel: 'silent',
  });
  const pick = (extension: string): Asset => {
    const output = result.outputFiles.find((file) => file.path.endsWith(extension));
    if (!output) throw new Error(`The playground bundle has no ${extension} file.`);
    return { file: basename(output.path), content: Buffer.from(output.contents) };
  };
  const bundle = { script: pick('.js'), style: pick('.css') };
  // Where nothing can be written, each start bundles anew.
  await save(folder, stamp, bundle).catch(() => undefined);
  return bundle;
}

async function save(folder: string, stamp: string, { script, style }: Bundle): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { file, content } of [script, style]) await replace(join(folder, file), content);
  const manifest = { stamp, script: script.file, style: style.file };
  await replace(join(folder, MANIFEST), JSON.stringify(manifest));
  await removeFormer(folder, Object.values(manifest));
}

/** A process that reads a former bundle at this moment does not find it, and bundles for itself. */
async function removeFormer(folder: string, kept: readonly string[]): Promise<void> {
  const former = (await readdir(folder)).filter(
    (file) => /^playground-\w+\.(js|css)$/.test(file) && !kept.includes(file),
  );
  await Promise.all(former.map((file) => rm(join(folder, file), { force: true })));
}

async function replace(path: string, content: string | Buffer): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, content);
  await rename(draft, path);
}

async function stampOfSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const url of ALSO) hash.update(await readFile(new URL(url, import.meta.url)));
  const app = fileURLToPath(new URL('./app/', import.meta.url));
  for (const file of (await readdir(app)).sort()) hash.update(file).update(await readFile(join(app, file)));
  for (const name of LIBRARIES) hash.update(await readFile(require.resolve(`${name}/package.json`)));
  return hash.digest('hex');
}

/** GraphiQL carries 380 kB of fonts as data URLs; the system's fonts look right and need no exception in the policy. */
const withoutEmbeddedFonts: Plugin = {
  name: 'without-embedded-fonts',
  setup({ onLoad }) {
    onLoad({ filter: /graphiql[/\\]dist[/\\]style\.css$/ }, async ({ path }) => {
      const css = await readFile(path, 'utf8');
      return { contents: css.replaceAll(/@font-face\s*\{[^}]*\}/g, ''), loader: 'css' };
    });
  },
};

function isManifest(value: unknown): value is { stamp: string; script: string; style: string } {
  return typeof value === 'object' && value !== null && 'stamp' in value && 'script' in value && 'style' in value;
}

const GENERATED = fileURLToPath(new URL('./generated/', import.meta.url));
const MANIFEST = 'manifest.json';
/** What shapes the bundle and does not lie in app/. */
const ALSO = ['./bundle.ts', '../../../schema/example-variables.ts'] as const;
const LIBRARIES = ['graphiql', '@graphiql/react', 'graphql', 'react', 'react-dom'] as const;
const require = createRequire(import.meta.url);
