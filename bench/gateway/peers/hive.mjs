import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createGatewayRuntime, createLoggerFromLogging } from '@graphql-hive/gateway';
import { unifiedGraphHandler } from '@graphql-hive/router-runtime';

/** Hive Gateway as its manual says, with the planner of its router. */
const [file = ''] = process.argv.slice(2);
const gateway = createGatewayRuntime({
  supergraph: readFileSync(file, 'utf8'),
  unifiedGraphHandler,
  logging: createLoggerFromLogging?.(false) ?? false,
  landingPage: false,
  graphiql: false,
  maskedErrors: true,
});
const server = createServer(gateway);
server.keepAliveTimeout = 72_000;
server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${server.address().port}/graphql`));
process.once('disconnect', () => process.exit(0));
