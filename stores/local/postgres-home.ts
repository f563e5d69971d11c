import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { installOnce } from './install.ts';
import { pythonTools } from './python-tools.ts';
import { RunError, run } from './run.ts';
import { type LaunchOptions, LocalStoreError } from './types.ts';

export interface PostgresHome {
  /** Folder of initdb, postgres and their libraries. */
  readonly server: string;
  readonly dataDir: string;
  /** Whom the server runs as; undefined: as us. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Unpacks the server and decides where its data lie and as whom it runs:
 * PostgreSQL refuses to run as root, so root starts it as an unprivileged user,
 * whom every folder on the way must let pass.
 */
export async function postgresHome(options: LaunchOptions): Promise<PostgresHome> {
  const { dir, toolsDir, progress, signal } = options;
  const user = process.getuid?.() === 0 ? await unprivilegedUser() : undefined;
  const tools = user ? await passable(toolsDir) : toolsDir;
  const home = user ? await passable(dir) : dir;
  const server = path.join(tools, 'postgres');
  const { pg0 } = await pythonTools(options, 'PostgreSQL', 'DATABASE_URL');
  await installOnce({
    dir: server,
    key: JSON.stringify({ version: VERSION, uid: user?.uid }),
    signal,
    install: async () => {
      progress(`Unpacking PostgreSQL ${VERSION} with pgvector, once ...`);
      await unpack(pg0, server, user, signal);
    },
  });
  return { server, dataDir: path.join(home, 'postgres'), user };
}

const VERSION = '18.1.0';

/**
 * pg0 unpacks as part of its start, so it is told to start with a setting that
 * does not exist: it unpacks, fails, and leaves no server behind. Its own start
 * would run with fsync off.
 */
async function unpack(pg0: string, target: string, user: PostgresHome['user'], signal: AbortSignal): Promise<void> {
  const scratch = path.join(target, 'scratch');
  const copy = path.join(target, 'pg0');
  await mkdir(scratch);
  // The user may not be able to read the virtual environment.
  await run('/bin/cp', [pg0, copy]);
  await chmod(copy, 0o755);
  await chmod(target, 0o755);
  if (user) await chown(scratch, user.uid, user.gid);
  const args = ['start', '--name', 'unpack', '--data-dir', path.join(scratch, 'data'), '-c', 'no_such_setting=1'];
  const options = { cwd: scratch, env: { HOME: scratch }, signal, ...(user ? { user } : {}) };
  const output = await run(copy, args, options).catch((error: unknown) => {
    if (error instanceof RunError) return error.output;
    throw error;
  });
  const unpacked = path.join(scratch, '.pg0', 'installation', VERSION);
  const complete = await stat(path.join(unpacked, 'share', 'extension', 'vector.control')).catch(() => undefined);
  if (!complete) throw new LocalStoreError(`PostgreSQL ${VERSION} could not be unpacked:\n${output}`);
  for (const part of ['bin', 'lib', 'share']) await rename(path.join(unpacked, part), path.join(target, part));
  await rm(scratch, { recursive: true, force: true });
  await rm(copy);
}

/** initdb insists on a user with a name, so one that every system has. */
async function unprivilegedUser(): Promise<{ uid: number; gid: number }> {
  for (const name of ['postgres', 'nobody']) {
    const uid = Number(await run('id', ['-u', name]).catch(() => ''));
    const gid = Number(await run('id', ['-g', name]).catch(() => ''));
    if (uid > 0 && gid > 0) return { uid, gid };
  }
  throw new LocalStoreError(
    'PostgreSQL does not run as root, and this system has neither a user "postgres" nor "nobody".\n' +
      'Run npm start as an ordinary user, or set DATABASE_URL.',
  );
}

/**
 * The folder itself where every user may pass through to it, else (a clone under
 * /root, say) one under /var/lib that stands for it.
 */
async function passable(folder: string): Promise<string> {
  for (let at = folder; ; at = path.dirname(at)) {
    const { mode } = await stat(at);
    if ((mode & 0o001) === 0) break;
    if (at === path.dirname(at)) return folder;
  }
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  const other = path.join('/var/lib/polygraph', name);
  await mkdir(other, { recursive: true });
  // Whatever the umask says.
  for (const made of [path.dirname(other), other]) await chmod(made, 0o711);
  return other;
}
