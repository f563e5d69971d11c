import { connect, createServer, type Server, type Socket } from 'node:net';
import type { StoreName } from '#platform/tally';

/** A road to a server that can be closed and opened, as a crash and a restart look from the other end. Closed at first. */
export interface Road {
  readonly port: number;
  open(): Promise<void>;
  close(): Promise<void>;
}

/** @param url of the server: host and port count */
export async function buildRoad({ hostname, port: target }: URL): Promise<Road> {
  const sockets = new Set<Socket>();
  const pass = (from: Socket): void => {
    const to = connect(Number(target), hostname);
    for (const socket of [from, to]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    from.pipe(to).pipe(from);
  };
  const listen = (server: Server, port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
  const end = (server: Server): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  // The port is reserved by taking it once; nobody else takes it within a test.
  let server = createServer(pass);
  const port = await listen(server, 0);
  await end(server);
  return {
    port,
    async open() {
      server = createServer(pass);
      await listen(server, port);
    },
    close: () => end(server),
  };
}

/** A road to each of the four stores. */
export interface Roads {
  /** Leads over the roads. */
  readonly environment: Readonly<Record<string, string>>;
  open(store: StoreName): Promise<void>;
  openAllBut(store: StoreName): Promise<void>;
  close(): Promise<void>;
}

/** @param environment with the URLs of the four stores, as `startLocalStores` gives it */
export async function buildRoads(environment: Readonly<Record<string, string>>): Promise<Roads> {
  const roads = new Map<StoreName, Road>();
  const detour: Record<string, string> = { ...environment };
  for (const [store, variable] of VARIABLES) {
    const url = new URL(environment[variable] ?? '');
    const road = await buildRoad(url);
    roads.set(store, road);
    url.port = String(road.port);
    // Else the driver would ask for the members of the set and go to them past the road.
    if (store === 'mongo') url.search = '?directConnection=true&authSource=admin';
    detour[variable] = url.href;
  }
  const open = new Set<Road>();
  const set = async (road: Road, wanted: boolean): Promise<void> => {
    if (wanted === open.has(road)) return;
    if (wanted) await road.open();
    else await road.close();
    open[wanted ? 'add' : 'delete'](road);
  };
  return {
    environment: detour,
    open: async (store) => {
      const road = roads.get(store);
      if (road) await set(road, true);
    },
    openAllBut: async (store) => {
      for (const [name, road] of roads) await set(road, name !== store);
    },
    close: async () => {
      for (const road of roads.values()) await set(road, false);
    },
  };
}

const VARIABLES = [
  ['postgres', 'DATABASE_URL'],
  ['mongo', 'MONGODB_URL'],
  ['neo4j', 'NEO4J_URL'],
  ['redis', 'REDIS_URL'],
] as const satisfies [StoreName, string][];
