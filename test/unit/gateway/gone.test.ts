import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SmallGateway, startSmallGateway } from '#test/kit/gateway';

describe('a reference to what another store has deleted', () => {
  let gateway: SmallGateway;
  beforeAll(async () => {
    gateway = await startSmallGateway();
  });
  afterAll(() => gateway.stop());

  test('is null with an error that says so, and costs nothing else', async () => {
    const { data, errors } = await (await gateway.as('OWNER')).query('{ featured { id title } contentStatus }');
    expect(data).toEqual({ featured: [{ id: '0', title: 'Title 0' }, null], contentStatus: 'fine' });
    expect(errors).toMatchObject([{ path: ['featured', 1, 'title'], extensions: { code: 'REFERENCE_GONE' } }]);
  });
});
