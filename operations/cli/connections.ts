import { Command, InvalidArgumentError } from 'commander';
import { createLogger } from '#platform/log';
import { openConnectionList } from '#stores/postgres/connections/list';
import type { NewConnection } from '#stores/postgres/connections/record';
import { openPostgres } from '#stores/postgres/index';
import { passwordOfRole } from '#stores/postgres/roles';
import { CommandError } from './explain.ts';
import { readInstallation } from './installation.ts';
import { table } from './table.ts';

const list = new Command('list')
  .description('ask every server how it is, over connections of its own')
  .action(async () => {
    const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets } = await readInstallation(process.env);
    const postgres = openPostgres({ url, secrets, registry: {}, log: createLogger({ level: 'error' }) });
    try {
      await postgres.servers.check();
      const rows = postgres.servers.status().map(({ name, region, primary, state, latencyMs, reason }) => {
        const role = primary ? 'primary' : 'standby';
        return [name, region ?? '', role, state, latencyMs === null ? '' : `${latencyMs.toFixed(1)} ms`, reason];
      });
      process.stdout.write(`${table([['NAME', 'REGION', 'ROLE', 'STATE', 'CHECK', 'WHY'], ...rows])}\n`);
    } finally {
      await postgres.close();
    }
  });

const add = new Command('add')
  .description('enter a standby, or change it; processes that run take it up by themselves')
  .argument('<name>', 'lower-case letters, digits and hyphens')
  .requiredOption('--host <host>')
  .option('--port <port>', '', whole, 5_432)
  .option('--region <region>')
  .option('--ssl <mode>', 'disable, require or verify-full', sslMode, 'require')
  .option('--weight <weight>', 'of round robin by weight', whole, 1)
  .option('--max <connections>', 'in each process', whole, 10)
  .action(async (name: string, given: AddOptions) => {
    const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets } = await readInstallation(process.env);
    await withList(({ save }) =>
      save({
        ...{ connection_name: name, connection_type: 'SHARED', host: given.host, port: given.port },
        ...{ database_name: decodeURIComponent(new URL(url).pathname.slice(1)), username: 'polygraph_app' },
        ...{ password: passwordOfRole('app', secrets), ssl_mode: given.ssl, region_id: given.region ?? null },
        ...{ weight: given.weight, pool_max_size: given.max },
      }),
    );
    process.stdout.write(`${name} is entered. \`polygraph connections list\` says how it is.\n`);
  });

const remove = new Command('remove')
  .description('take a server out; what it has begun is finished')
  .argument('<name>')
  .action(async (name: string) => {
    if (!(await withList((connections) => connections.remove(name)))) {
      throw new CommandError(`There is no connection ${name}.`);
    }
    process.stdout.write(`${name} is taken out.\n`);
  });

export const command = new Command('connections')
  .description('further servers of PostgreSQL: standbys that serve reads and can become the primary')
  .addCommand(list)
  .addCommand(add)
  .addCommand(remove);

interface AddOptions {
  readonly host: string;
  readonly port: number;
  readonly region?: string;
  readonly ssl: NewConnection['ssl_mode'];
  readonly weight: number;
  readonly max: number;
}

async function withList<T>(work: (connections: ReturnType<typeof openConnectionList>) => Promise<T>): Promise<T> {
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets } = await readInstallation(process.env);
  const connections = openConnectionList(url, secrets);
  try {
    return await work(connections);
  } finally {
    await connections.close();
  }
}

function whole(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It is a whole number above 0.');
}

function sslMode(text: string): NewConnection['ssl_mode'] {
  const mode = (['disable', 'require', 'verify-full'] as const).find((one) => one === text);
  if (mode) return mode;
  throw new InvalidArgumentError('It is disable, require or verify-full.');
}
