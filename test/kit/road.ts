import { connect, createServer, type Server, type Socket } from 'node:net';

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
