import { execFileSync } from 'node:child_process';

/** The commit that the working tree of `dir` stands on, shortened. @throws Error where it is no clone */
export function commitAt(dir: string): string {
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: dir, encoding: 'utf8' }).trim();
}
