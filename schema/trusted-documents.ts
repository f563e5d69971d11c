import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { loadExamples } from './examples.ts';

/** In the form that Apollo's tools write from a client's code, so that a product can bring its own. */
const MANIFEST = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(
    z.object({ id: z.string(), name: z.string(), type: z.enum(['query', 'mutation']), body: z.string() }),
  ),
});

export const MANIFEST_FILE = fileURLToPath(new URL('./trusted-documents.json', import.meta.url));

/** Text by hash. */
export type TrustedDocuments = ReadonlyMap<string, string>;

/** @throws Error where the file is no manifest, or an id is not the SHA-256 of its text */
export function readTrustedDocuments(file: string = MANIFEST_FILE): TrustedDocuments {
  const { operations } = MANIFEST.parse(JSON.parse(readFileSync(file, 'utf8')));
  for (const { id, name, body } of operations) {
    if (id !== documentHash(body)) throw new Error(`${file}: the id of ${name} is not the SHA-256 of its text.`);
  }
  return new Map(operations.map(({ id, body }) => [id, body]));
}

/** Of the saved operations. @returns whether the file was another before */
export function writeTrustedDocuments(): boolean {
  if (areTrustedDocumentsCurrent()) return false;
  writeFileSync(MANIFEST_FILE, printManifest());
  return true;
}

export function areTrustedDocumentsCurrent(): boolean {
  try {
    return readFileSync(MANIFEST_FILE, 'utf8') === printManifest();
  } catch {
    return false;
  }
}

/** Lower-case hex, as clients compute it. */
export function documentHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function printManifest(): string {
  const operations = loadExamples().map(({ name, query, kind }) => ({
    ...{ id: documentHash(query), name, type: kind, body: query },
  }));
  const manifest: z.input<typeof MANIFEST> = { format: 'apollo-persisted-query-manifest', version: 1, operations };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
