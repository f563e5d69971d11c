import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { renderAttacks } from './attacks.ts';
import { renderErrors } from './errors.ts';
import { renderOperations } from './operations.ts';
import { renderSettings } from './settings.ts';

/** Writes the pages that are derived from code. @returns the files that changed, by path in the repository */
export async function writeDocs(): Promise<readonly string[]> {
  const stale = await stalePages();
  for (const { file, text } of stale) await writeFile(pathOf(file), text);
  return stale.map(({ file }) => `docs/${file}`);
}

/** @returns the pages that no longer say what the code says; none where all is well */
export async function checkDocs(): Promise<readonly string[]> {
  return (await stalePages()).map(({ file }) => `docs/${file}`);
}

async function stalePages(): Promise<readonly Page[]> {
  const compared = await Promise.all(PAGES.map(async (page) => ({ page, current: await read(page.file) })));
  return compared.filter(({ page, current }) => page.text !== current).map(({ page }) => page);
}

interface Page {
  readonly file: string;
  readonly text: string;
}

const PAGES: readonly Page[] = [
  { file: 'settings.md', text: renderSettings() },
  { file: 'errors.md', text: renderErrors() },
  { file: 'attacks.md', text: renderAttacks() },
  { file: 'operations.md', text: renderOperations() },
];

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

async function read(file: string): Promise<string> {
  try {
    return await readFile(pathOf(file), 'utf8');
  } catch {
    return '';
  }
}
