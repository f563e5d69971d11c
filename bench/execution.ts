import type { SubgraphHost } from '#subgraphs/runtime/host';
import { type Case, type Federation, openFederation, supergraphOf } from '#test/kit/federation';
import { benchWorld } from './execution-world.ts';
import { median } from './load.ts';

/**
 * CPU of the gateway's execution alone: @apollo/gateway's executor and ours,
 * over the same subgraph answers kept in memory as JSON text, in rounds that
 * take turns. HTTP, identity and Apollo Server are not in these figures.
 */
const ROUNDS = Number(process.argv[2] ?? 7);
const SECONDS = Number(process.argv[3] ?? 0.5);

const sdl = supergraphOf(benchWorld);
const vanilla = await openFederation(benchWorld, sdl, { executor: 'vanilla', wrap: replayed });
const compiled = await openFederation(benchWorld, sdl, { executor: 'compiled', wrap: replayed });
const rows = [];
for (const operation of benchWorld.cases) rows.push(await compare(operation));
process.stdout.write(`${[HEAD(), ...rows].join('\n')}\n`);
await Promise.all([vanilla.close(), compiled.close()]);

async function compare([name, query, variables]: Case): Promise<string> {
  const [theirs, ours] = [await vanilla.run(query, variables), await compiled.run(query, variables)];
  const text = JSON.stringify(ours.data);
  if (text !== JSON.stringify(theirs.data) || ours.errors.length + theirs.errors.length > 0) {
    throw new Error(`${name} is answered differently.`);
  }
  const send = (federation: Federation) => async () => void (await federation.run(query, variables));
  await cpuOf(send(vanilla));
  await cpuOf(send(compiled));
  const pairs: [number, number][] = [];
  for (let round = 0; round < ROUNDS; round += 1) pairs.push([await cpuOf(send(vanilla)), await cpuOf(send(compiled))]);
  const cells = [
    name,
    `${text.length} B`,
    `${theirs.fetches.length} / ${ours.fetches.length}`,
    median(pairs.map(([a]) => a)).toFixed(3),
    median(pairs.map(([, b]) => b)).toFixed(3),
    `${median(pairs.map(([a, b]) => a / b)).toFixed(1)}x`,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Milliseconds of CPU a request. */
async function cpuOf(send: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  const end = performance.now() + SECONDS * 1000;
  let requests = 0;
  for (; performance.now() < end || requests === 0; requests += 1) await send();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / requests;
}

/** Answers each request as it was answered first. */
function replayed(host: SubgraphHost): SubgraphHost {
  const answers = new Map<string, string>();
  return {
    ...host,
    async execute(body, ...rest) {
      const known = answers.get(body) ?? JSON.stringify(await host.execute(body, ...rest));
      answers.set(body, known);
      return JSON.parse(known);
    },
  };
}

function HEAD(): string {
  return `| operation | answer | fetches, theirs / ours | @apollo/gateway, ms | compiled, ms | cheaper |\n|---|---|---|---|---|---|`;
}
