import { openSupergraphFile } from '#operations/cli/gateway/file';
import { startPlanned } from '#operations/cli/gateway/plan';

/** `npm run gateway -- --supergraph FILE --dangerously-without-tenancy`, in a process that tells its parent. */
const [file = '', , port = ''] = process.argv.slice(2);
const { current } = await openSupergraphFile(file);
const gateway = await startPlanned({ places: {}, port: Number(port), withoutTenancy: true }, current);
process.once('disconnect', () => process.exit(0));
process.send?.(`${gateway.url}/graphql`);
