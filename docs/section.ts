import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/**
 * Replaces what stands in a page of docs/ between `<!-- name -->` and `<!-- /name -->`: the output of a command's last run.
 * @throws Error where the page has no such place
 */
export async function writeSection(page: string, name: string, text: string): Promise<void> {
  const file = fileURLToPath(new URL(page, import.meta.url));
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [before, rest] = (await readFile(file, 'utf8')).split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${page} has no place for ${name}.`);
  await writeFile(file, `${before}${begin}\n\n${text}\n\n${end}${after}`);
}
