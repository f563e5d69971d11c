import gateway from '@mercuriusjs/gateway';
import Fastify from 'fastify';

/** Mercurius as its manual says; it composes by itself, by the rules of Federation 1. */
const [, places = '{}'] = process.argv.slice(2);
const app = Fastify();
const services = Object.entries(JSON.parse(places)).map(([name, url]) => ({ name, url, connections: 64 }));
await app.register(gateway, { gateway: { services } });
await app.listen({ port: 0, host: '127.0.0.1' });
process.send?.(`http://127.0.0.1:${app.server.address().port}/graphql`);
process.once('disconnect', () => process.exit(0));
