import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, print } from 'graphql';
import { generateEngine } from '../engine.ts';
import { printContract } from './print.ts';

/** Run this file to print the contract anew. `contractHasDrifted` is what a check asks. */
export const CONTRACT_FILE = fileURLToPath(new URL('../../../schema/knowledge/subgraph.graphql', import.meta.url));

export async function generateContract(): Promise<string> {
  return printContract(await generateEngine());
}

/** Layout does not count, so the committed file may be formatted. */
export async function contractHasDrifted(): Promise<boolean> {
  return print(parse(await generateContract())) !== print(parse(readFileSync(CONTRACT_FILE, 'utf8')));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(CONTRACT_FILE, await generateContract());
