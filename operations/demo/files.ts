import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What scripts and the playground read to sign in: `.polygraph/demo.json`. Tokens last 12 hours. */
export const DEMO_FILE = z.object({
  url: z.string(),
  tenants: z.array(
    z.object({
      id: z.uuid(),
      slug: z.string(),
      name: z.string(),
      tier: z.string(),
      tokens: z.object({ owner: z.string(), editor: z.string(), viewer: z.string() }),
      apiKey: z.string(),
    }),
  ),
  platformAdmin: z.string(),
});
export type DemoFile = z.output<typeof DEMO_FILE>;

/** How far the demo data have come: `.polygraph/demo-state.json`. Losing it costs time at the next start, nothing else. */
export const DEMO_STATE = z.object({
  version: z.literal(1),
  tenants: z.record(
    z.string(),
    z.object({
      /** When the tenant was made, as the database says: other stores have another. */
      anchor: z.iso.datetime(),
      slugs: z.array(z.string()),
      /** Events are recorded up to here. */
      eventsUntil: z.iso.datetime(),
    }),
  ),
});
export type DemoState = z.output<typeof DEMO_STATE>;

export async function writeDemoFile(dir: string, file: DemoFile): Promise<void> {
  await writePrivate(join(dir, 'demo.json'), file);
}

export async function writeDemoState(dir: string, state: DemoState): Promise<void> {
  await writePrivate(join(dir, 'demo-state.json'), state);
}

/** @returns undefined where there is none, or none that this version understands */
export async function readDemoState(dir: string): Promise<DemoState | undefined> {
  return readJson(join(dir, 'demo-state.json'), DEMO_STATE);
}

export async function readDemoFile(dir: string): Promise<DemoFile | undefined> {
  return readJson(join(dir, 'demo.json'), DEMO_FILE);
}

async function readJson<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T> | undefined> {
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Written beside and renamed, so that a reader never sees half of it; only its owner can read it. */
async function writePrivate(path: string, value: unknown): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  const beside = `${path}.${process.pid}.new`;
  await writeFile(beside, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await rename(beside, path);
}
