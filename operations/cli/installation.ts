import { createLogger, type Logger } from '#platform/log';
import { readSettings, type Settings } from '#platform/settings';
import { readRunning } from '#stores/local/running';
import { openSecrets } from '#stores/local/secrets';
import { findPrimary } from '#stores/postgres/connections/index';
import type { TenantSummary } from '#stores/postgres/provision';
import { listTenants } from '../tenants.ts';
import { CommandError } from './explain.ts';
import { LOCAL_DIR } from './root.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The settings of the installation that a command works on: the environment
 * where it names one, else the local stores that `npm start` runs. DATABASE_URL
 * is that of the server which takes writes now.
 * @throws CommandError where nothing runs @throws SettingsError
 */
export async function readInstallation(environment: Environment, dir: string = LOCAL_DIR): Promise<Settings> {
  const settings = readSettings(await environmentOf(environment, dir));
  const { DATABASE_URL: url, DATABASE_STANDBYS: standbys, POLYGRAPH_SECRETS: secrets } = settings;
  return { ...settings, DATABASE_URL: await findPrimary({ url, secrets, standbys, log: createLogger(SILENT) }) };
}

/** As the variables that `readSettings` reads. @throws CommandError where nothing runs */
export async function environmentOf(environment: Environment, dir: string = LOCAL_DIR): Promise<Environment> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
  if (environment.NODE_ENV === 'production') return given;
  const running = await readRunning(dir);
  if (!running && !given.DATABASE_URL) {
    throw new CommandError(
      'Polygraph does not run here. Start it in another terminal:  npm start\nOr set DATABASE_URL.',
    );
  }
  const secrets = await openSecrets(dir);
  const generated = { POLYGRAPH_SECRETS: await secrets.get('master') };
  return { ...generated, ...running, ...given };
}

/** @throws CommandError that names the tenants there are */
export async function findTenant(slug: string, settings: Settings, log: Logger): Promise<TenantSummary> {
  const tenants = await listTenants(settings, log, 'the command line names tenants');
  const tenant = tenants.find((one) => one.slug === slug);
  if (tenant) return tenant;
  const known = tenants.map((one) => one.slug).join(', ') || 'none yet';
  throw new CommandError(`There is no tenant ${JSON.stringify(slug)}. Tenants: ${known}.`);
}

/** Whether a server answers is what is asked; what does not is told by the command's own first statement. */
const SILENT = { level: 'silent' } as const;

export const quietLogger = (): Logger => createLogger({ level: process.env.LOG_LEVEL || 'error' });
