import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import type { Only } from '#bench/gateway/index';
import { CommandError } from './explain.ts';
import { ensureGenerated } from './generated.ts';
import { stopSignal } from './stop-signal.ts';
import { table } from './table.ts';

export const command = new Command('bench')
  .description(
    'measure this gateway in one process against @apollo/gateway over HTTP on the same subgraphs, and the start',
  )
  .option('--seconds <seconds>', 'of one round', positive, 3)
  .option('--rounds <rounds>', 'of each server, in turns, for each operation and concurrency', positive, 3)
  .option('--only <parts...>', 'start (time to ready, cold and warm) or queries; both where absent')
  .action(async ({ seconds, rounds, only }: { seconds: number; rounds: number; only?: string[] }) => {
    await ensureGenerated();
    const [{ PARTS, runBench }, { report }] = await Promise.all([import('#bench/index'), import('#bench/report')]);
    const parts = PARTS.filter((part) => only === undefined || only.includes(part));
    if (parts.length === 0) throw new CommandError(`--only takes ${PARTS.join(' and ')}.`);
    const result = await runBench({ seconds, rounds, only: parts, progress, signal: stopSignal() });
    process.stdout.write(report(result, table));
  });

command
  .command('walls')
  .description('measure what the walls between tenants cost: the same operations with and without, in turns')
  .action(async (_options: unknown, own: Command) => {
    await ensureGenerated();
    const { seconds, rounds } = own.optsWithGlobals<{ seconds: number; rounds: number }>();
    const [{ measureWalls }, { reportWalls }] = await Promise.all([
      import('#bench/walls/index'),
      import('#bench/walls/report'),
    ]);
    const prices = await measureWalls({ seconds, rounds, progress, signal: stopSignal() });
    process.stdout.write(reportWalls(prices, table));
  });

command
  .command('timing')
  .description('measure whether the time of "not found" tells that another tenant has what was asked for')
  .option('--samples <samples>', 'of each kind, for each question', positive, 2_000)
  .action(async ({ samples }: { samples: number }) => {
    await ensureGenerated();
    const { measureTiming } = await import('#bench/timing');
    const timings = await measureTiming({ samples, progress, signal: stopSignal() });
    const ms = (value: number): string => `${value.toFixed(3)} ms`;
    const rows = timings.map(({ question, theirs, nobodys, p }) => [
      ...[question, ms(theirs), ms(nobodys)],
      ...[`${((theirs / nobodys - 1) * 100).toFixed(1)} %`, p.toFixed(3)],
    ]);
    process.stdout.write(`\n${table([['QUESTION', 'OF ANOTHER TENANT', 'OF NOBODY', 'DIFFERENCE', 'P'], ...rows])}\n`);
  });

command
  .command('gateway')
  .description('measure this gateway beside @apollo/gateway, Hive Gateway and Mercurius over the same light subgraphs')
  .option('--json <file>', 'write the figures there too')
  .option('--write', 'put the table into docs/benchmarks.md', false)
  .option(
    '--awake',
    'keep all cores awake, so that nobody pays for waking another (chrt and taskset of util-linux)',
    false,
  )
  .option('--contenders <names...>', 'polygraph, hive and mercurius, beside vanilla; all where absent')
  .option('--operations <names...>', 'tiny, mid and big; all where absent')
  .option('--loads <names...>', 'one, same and distinct; all where absent')
  .action(
    async ({ json, write, awake, ...only }: Only & { json?: string; write: boolean; awake: boolean }, own: Command) => {
      if (write && Object.keys(only).length > 0)
        throw new CommandError('Only a whole run is put into the documentation.');
      const { seconds, rounds } = own.optsWithGlobals<{ seconds: number; rounds: number }>();
      const [{ benchGateways, installPeers }, { reportGateways, writeToDocs }] = await Promise.all([
        import('#bench/gateway/index'),
        import('#bench/gateway/report'),
      ]);
      installPeers(progress);
      const result = await benchGateways({ seconds, rounds, only, awake, progress });
      const text = reportGateways(result);
      process.stdout.write(`${text}\n`);
      if (json) await writeFile(json, `${JSON.stringify(result, null, 2)}\n`);
      if (write) await writeToDocs(text, awake);
      process.exit(0);
    },
  );

command
  .command('connections')
  .description('measure how long a connection is waited for, and how long a check of a server takes')
  .option('--rounds <rounds>', 'of each of ten clients', positive, 500)
  .action(async ({ rounds }: { rounds: number }) => {
    const { measureConnections } = await import('#bench/connections');
    const inMs = (ms: number): string => `${ms.toFixed(2)} ms`;
    const rows = (await measureConnections(rounds)).map(({ what, targetMs, averageMs, p95Ms }) => [
      what,
      inMs(averageMs),
      inMs(p95Ms),
      `below ${targetMs} ms`,
    ]);
    process.stdout.write(`${table([['WHAT', 'AVERAGE', '95TH PERCENTILE', 'TARGET OF THE AVERAGE'], ...rows])}\n`);
  });

command
  .command('redis-users')
  .description('measure what it costs that ENTERPRISE tenants reach Redis as users of their own')
  .action(async (_options: unknown, own: Command) => {
    const { seconds, rounds } = own.optsWithGlobals<{ seconds: number; rounds: number }>();
    const { measureUsers } = await import('#bench/redis-users');
    const { prices, firstMs, bytes } = await measureUsers(seconds, rounds);
    const rows = prices.map(({ tenants, tier, ...price }) => [
      ...[String(tenants), tier],
      ...[price.cpuMs, price.serverCpuMs, price.p50Ms].map((ms) => `${ms.toFixed(3)} ms`),
    ]);
    process.stdout.write(
      `${table([['TENANTS', 'TIER', 'CPU A REQUEST', 'CPU OF REDIS', 'P50'], ...rows])}\n\n` +
        `The first command of a tenant takes ${firstMs.toFixed(1)} ms, and its user and connection ${Math.round(bytes)} bytes of Redis.\n`,
    );
  });

command
  .command('tenants')
  .description('measure what a request costs, and each tenant takes, as tenants become more')
  .action(async (_options: unknown, own: Command) => {
    await ensureGenerated();
    const { seconds, rounds } = own.optsWithGlobals<{ seconds: number; rounds: number }>();
    const [{ measureTenants }, { reportTenants }] = await Promise.all([
      import('#bench/tenants/index'),
      import('#bench/tenants/report'),
    ]);
    const steps = { STANDARD: [1, 50, 500, 2_000], PREMIUM: [1, 10, 50] };
    process.stdout.write(
      reportTenants(await measureTenants({ seconds, rounds, steps, progress, signal: stopSignal() })),
    );
  });

command
  .command('fallbacks')
  .description('tell how many operations our executor leaves to that of @apollo/gateway, and why; runs none of them')
  .option('--random <count>', 'random operations of each kind', positive, 200)
  .action(async ({ random }: { random: number }) => {
    const [{ countFallbacks }, { operationSets }] = await Promise.all([
      import('#bench/gateway/fallbacks'),
      import('#bench/gateway/operation-sets'),
    ]);
    const rows = countFallbacks(operationSets(random)).map(({ set, operations, reasons }) => {
      const fell = [...reasons.values()].reduce((sum, count) => sum + count, 0);
      const why = [...reasons].map(([reason, count]) => `${reason}: ${count}`).join(', ');
      return [set, String(operations), `${((100 * fell) / operations).toFixed(1)} %`, why];
    });
    process.stdout.write(`\n${table([['OPERATIONS', 'COUNT', 'FELL BACK', 'WHY'], ...rows])}\n`);
  });

command
  .command('search')
  .description(
    'measure how well search ranks, each source alone and fused, and how long it takes over 50,000 documents',
  )
  .action(async () => {
    await ensureGenerated();
    const { benchSearch } = await import('#bench/search/index');
    const { quality, times, documents, questions } = await benchSearch({ nodeModules: NODE_MODULES, progress });
    const ranked = quality.map(([source, ndcg]) => [source, ndcg.toFixed(3)]);
    process.stdout.write(
      `\n${documents} documents, ${questions} questions\n${table([['SOURCE', 'NDCG@10'], ...ranked])}\n`,
    );
    const rows = times.map(({ documents, p50, p95 }) => [
      String(documents),
      `${p50.toFixed(0)} ms`,
      `${p95.toFixed(0)} ms`,
    ]);
    process.stdout.write(`\n${table([['DOCUMENTS', 'P50', 'P95'], ...rows])}\n`);
    process.exit(0);
  });

command
  .command('memory')
  .description('measure recall and speed of the vector indexes over 50,000 offloaded texts of one tenant')
  .option('--vectors <vectors>', 'of the tenant', positive, 50_000)
  .action(async ({ vectors }: { vectors: number }) => {
    await ensureGenerated();
    const { benchMemory } = await import('#bench/memory/index');
    const { ways, questions, ratio } = await benchMemory({ nodeModules: NODE_MODULES, vectors, progress });
    const rows = ways.map(({ way, recall, p50, p95, speed, build }) => [
      ...[way, recall.toFixed(3), `${p50.toFixed(1)} ms`, `${p95.toFixed(1)} ms`],
      ...[`${speed.toFixed(1)}x`, way === 'exact' ? '' : `${build.toFixed(0)} s`],
    ]);
    process.stdout.write(`\n${vectors} vectors, ${questions} questions; texts compressed ${ratio.toFixed(1)} to 1\n`);
    process.stdout.write(`${table([['WAY', 'RECALL@10', 'P50', 'P95', 'SPEED', 'BUILT IN'], ...rows])}\n`);
    process.exit(0);
  });

command
  .command('events')
  .description('measure how many events are taken in a second, and what roll-ups cost as the events grow tenfold')
  .option('--events <events>', 'before they grow', positive, 3_000)
  .action(async ({ events }: { events: number }) => {
    await ensureGenerated();
    const { benchEvents } = await import('#bench/events/index');
    const { ingestions, steps } = await benchEvents({ events, progress });
    const ms = (value: number): string => `${value.toFixed(0)} ms`;
    const rows = steps.map((step) => [String(step.events), ms(step.batchMs), ms(step.rebuildMs)]);
    const [first, last] = [steps[0], steps.at(-1)];
    const times = (of: 'batchMs' | 'rebuildMs'): string => `${((last?.[of] ?? 0) / (first?.[of] ?? 1)).toFixed(2)}`;
    rows.push(['ratio', times('batchMs'), times('rebuildMs')]);
    const heading = ['EVENTS', 'A BATCH OF 250, ROLLED UP', 'A DAY OF 500 REBUILT'];
    const taken = ingestions.map(({ of, perSecond, ownMs, mongoMs }) => [
      ...[of, perSecond.toFixed(0), `${ownMs.toFixed(2)} ms`, `${mongoMs.toFixed(2)} ms`],
    ]);
    const ofTaken = ['EVENTS OF', 'TAKEN A SECOND', 'CPU AN EVENT: POLYGRAPH', 'MONGODB'];
    process.stdout.write(`\n${table([ofTaken, ...taken])}\n${table([heading, ...rows])}\n`);
    process.exit(0);
  });

command
  .command('relay')
  .description('measure how quickly the relay brings what was written to the other stores, at steady rates of writes')
  .option('--rates <rates...>', 'documents written a second, one round each', ['500'])
  .option('--for <seconds>', 'how long each round writes', positive, 60)
  .action(async ({ rates, for: seconds }: { rates: string[]; for: number }) => {
    await ensureGenerated();
    const { benchRelay } = await import('#bench/relay/index');
    const { rounds, costs } = await benchRelay({ rates: rates.map(positive), seconds, progress });
    const ms = (value: number): string => `${value.toFixed(0)} ms`;
    const rows = rounds.flatMap(({ wanted, written, caughtUp, targets }) =>
      targets.map(({ target, projected, p50, p95, most }) => [
        ...[String(wanted), written.toFixed(0), target, projected.toFixed(0)],
        ...[ms(p50), ms(p95), ms(most), `${caughtUp.toFixed(1)} s`],
      ]),
    );
    const heading = ['WANTED/S', 'WRITTEN/S', 'TARGET', 'PROJECTED/S', 'LAG P50', 'P95', 'MOST', 'CAUGHT UP AFTER'];
    const steps = costs.map(({ step, perSecond, cpuMs: { bench, postgres, mongo, neo4j } }) => [
      ...[step, perSecond.toFixed(0)],
      ...[bench, postgres, mongo, neo4j].map((cpu) => `${cpu.toFixed(2)} ms`),
    ]);
    process.stdout.write(`\n${table([heading, ...rows])}\n`);
    const of = ['STEP ALONE', 'A SECOND', 'CPU A DOCUMENT: BENCH', 'POSTGRESQL', 'MONGODB', 'NEO4J'];
    process.stdout.write(`\n${table([of, ...steps])}\n`);
    process.exit(0);
  });

const progress = (line: string): void => void process.stderr.write(`bench: ${line}\n`);

const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It is a number above 0.');
}
