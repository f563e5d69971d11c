import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, type GraphQLSchema, parse } from 'graphql';
import { benchWorld } from '#bench/execution-world';
import { FEDERATION } from '#test/kit/federation';
import { FEDERATION_1 } from '../federation-1.ts';

/**
 * The subgraphs of the bench in one process, as light as they can be: each body
 * is executed once and answered from memory from then on, without delay. So a
 * round measures gateways and not resolvers.
 */
const counts = { fetches: 0 };
const urls: Record<string, string> = {};
for (const [name, { sdl, resolvers }] of Object.entries(benchWorld.subgraphs)) {
  const schema = buildSubgraphSchema([{ typeDefs: parse(FEDERATION + sdl), resolvers }]);
  urls[name] = await serve(schema, FEDERATION_1[name] ?? '');
}
process.on('message', () => process.send?.(counts.fetches));
process.once('disconnect', () => process.exit(0));
process.send?.(urls);

/** @param sdl that `_service` gives, for a gateway that composes by itself */
function serve(schema: GraphQLSchema, sdl: string): Promise<string> {
  const answers = new Map<string, Buffer>();
  const answerTo = async (body: string): Promise<Buffer> => {
    const known = answers.get(body);
    if (known) return known;
    const { query, variables } = JSON.parse(body);
    const result = query.includes('_service')
      ? { data: { _service: { sdl } } }
      : await execute({ schema, document: parse(query), variableValues: variables });
    const answer = Buffer.from(JSON.stringify(result));
    answers.set(body, answer);
    return answer;
  };
  const server = createServer(async (request, response) => {
    const body = await textOf(request);
    counts.fetches += 1;
    const answer = await answerTo(body);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
    response.end(answer);
  });
  server.keepAliveTimeout = 600_000;
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`));
  });
}

function textOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks).toString()));
  });
}
