import { userInfo } from 'node:os';
import { Argument, Command } from 'commander';
import { MAINTENANCE_TASKS, type MaintenanceTask, openMaintenance } from '#stores/postgres/maintenance/index';
import { CommandError } from './explain.ts';
import { readInstallation } from './installation.ts';
import { table } from './table.ts';

const open = async () => {
  const {
    DATABASE_URL: url,
    POLYGRAPH_SECRETS: secrets,
    VECTOR_INDEX: vectorIndex,
  } = await readInstallation(process.env);
  return openMaintenance({ url, secrets, vectorIndex });
};

const run = new Command('run')
  .description('run tasks in all places; each can be run again at any time')
  .addArgument(new Argument('[tasks...]', 'all where none is named').choices(MAINTENANCE_TASKS.map(lower)))
  .action(async (names: string[]) => {
    const maintenance = await open();
    const tasks = MAINTENANCE_TASKS.filter((task) => names.length === 0 || names.includes(lower(task)));
    const rows: string[][] = [];
    for (const task of tasks) {
      const done = await maintenance.run(task, `command:${userInfo().username}`);
      for (const problem of done?.result?.failed ?? []) process.stderr.write(`${problem}\n`);
      if ((done?.result?.failed.length ?? 0) > 0) process.exitCode = 1;
      rows.push([lower(task), done ? String(done.result?.done ?? 0) : 'under way elsewhere']);
    }
    process.stdout.write(`${table([['TASK', 'DONE'], ...rows])}\n`);
  });

const statistics = new Command('statistics').description('sizes and use of tables and indexes').action(async () => {
  const rows = (await (await open()).tables()).map(
    ({ name, places, rows: count, deadRows, bytes, indexScans, sequentialScans }) =>
      [name, places, count, deadRows, (bytes / 1e6).toFixed(1), indexScans, sequentialScans].map(String),
  );
  process.stdout.write(`${table([['TABLE', 'PLACES', 'ROWS', 'DEAD', 'MB', 'INDEX SCANS', 'SEQ. SCANS'], ...rows])}\n`);
});

const slow = new Command('slow').description('the slowest statements, by mean time').action(async () => {
  const queries = await (await open()).slowQueries(20);
  if (!queries) throw new CommandError('The server does not count statements: load pg_stat_statements.');
  const rows = queries.map(({ meanMs, maxMs, calls, text }) => {
    return [meanMs.toFixed(1), maxMs.toFixed(1), String(calls), text.replace(/\s+/g, ' ').slice(0, 100)];
  });
  process.stdout.write(`${table([['MEAN MS', 'MAX MS', 'CALLS', 'STATEMENT'], ...rows])}\n`);
});

const report = new Command('report').description('the last 24 hours of the installation, as JSON').action(async () => {
  process.stdout.write(`${JSON.stringify(await (await open()).dailyReport(), null, 2)}\n`);
});

export const command = new Command('optimize')
  .description('the care of PostgreSQL: run tasks, statistics, slow statements, report of 24 hours')
  .addCommand(run)
  .addCommand(statistics)
  .addCommand(slow)
  .addCommand(report);

function lower(task: MaintenanceTask): string {
  return task.toLowerCase();
}
