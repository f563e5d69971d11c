#!/usr/bin/env node
// The `polygraph` command: plain JavaScript without dependencies, because it also
// runs where nothing is installed yet. It installs what the lock file names, then
// hands over to operations/cli in this same process, so that signals reach one process.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');

requireNode(20, 19);
process.env.APOLLO_TELEMETRY_DISABLED = '1';
process.env.CHECKPOINT_DISABLE = '1';
process.env.DO_NOT_TRACK ??= '1';
installDependencies();
const { register } = await import('tsx/esm/api');
register();
const { main } = await import('../operations/cli/main.ts');
await main(process.argv);

function requireNode(major, minor) {
  const [haveMajor, haveMinor] = process.versions.node.split('.').map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  fail(`Polygraph needs Node ${major}.${minor} or newer; this is ${process.versions.node}. See https://nodejs.org/`);
}

/** `npm ci` where node_modules is missing, incomplete or of another lock file. An image is complete as it is. */
function installDependencies() {
  const modules = path.join(root, 'node_modules');
  const stamp = path.join(modules, '.polygraph-installed');
  if (process.env.NODE_ENV === 'production' && existsSync(path.join(modules, 'tsx'))) return;
  const wanted = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (!matchesLockFile(modules)) {
    process.stderr.write('Installing dependencies from package-lock.json, once ...\n');
    const npm = process.env.npm_execpath;
    const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []];
    const result = spawnSync(command, [...args, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
    });
    if (result.error) fail(`npm could not be run (${result.error.message}). It comes with Node: https://nodejs.org/`);
    if (result.status !== 0) fail('The dependencies could not be installed; npm says why above.');
  }
  writeFileSync(stamp, wanted);
}

/** npm leaves a copy of what it installed; equal packages mean that `npm install` was here already. */
function matchesLockFile(modules) {
  try {
    const installed = JSON.parse(readFileSync(path.join(modules, '.package-lock.json'), 'utf8')).packages;
    const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(
      ([name, { version, optional }]) => name === '' || optional || installed[name]?.version === version,
    );
  } catch {
    return false;
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
