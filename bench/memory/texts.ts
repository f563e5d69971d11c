import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Documentation and type declarations that people wrote, in pieces; as many as asked for, spread over all of it. */
export function readTexts(nodeModules: string, count: number): string[] {
  const pieces: string[] = [];
  for (const file of readdirSync(nodeModules, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!/\.(md|d\.ts)$/i.test(file)) continue;
    const text = readFileSync(path.join(nodeModules, file), 'utf8');
    for (let at = 0; at + LEAST < text.length; at += LENGTH) pieces.push(text.slice(at, at + LENGTH));
  }
  if (pieces.length < count)
    throw new Error(`There are ${pieces.length} texts under ${nodeModules}; ${count} are needed.`);
  const step = pieces.length / count;
  return Array.from({ length: count }, (_, at) => pieces[Math.floor(at * step)] ?? '');
}

const LENGTH = 800;
/** What is shorter says too little. */
const LEAST = 200;
