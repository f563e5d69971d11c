import { afterAll, beforeAll, expect, test } from 'vitest';
import { SMALL_SUPERGRAPH, type SmallGateway, startSmallGateway } from '../../kit/gateway.ts';

let gateway: SmallGateway;
beforeAll(async () => {
  gateway = await startSmallGateway();
});
afterAll(() => gateway?.stop());

test('a gateway that runs does not go over to a supergraph in which a type lost its mark, and serves on', async () => {
  const unmarked = SMALL_SUPERGRAPH.replace(/(type Viewer[^{]*)@tenantScoped/, '$1');
  expect(() => gateway.update(unmarked)).toThrow(/mark-lost.*supergraph: Viewer/);
  expect((await (await gateway.as('VIEWER')).query('{ viewer { kind } }')).data).toEqual({ viewer: { kind: 'user' } });
});
