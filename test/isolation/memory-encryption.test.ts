import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boundTo, seal, unseal } from '#platform/sealing';
import { wrappingKeys } from '#subgraphs/relational/memory/encryption/data-keys';
import { makeExecutionContext, offload } from '#test/kit/memory';
import { openPostgresWorld, type PostgresTenant, type PostgresWorld } from '#test/kit/postgres';
import { createRelationalClient, type RelationalClient } from '#test/kit/relational';
import { TEST_SECRETS } from '#test/kit/secrets';

/** What an administrator of the database could try with a text that it cannot read: show it to somebody who may read another. */
let world: PostgresWorld;
let mine: Encrypted;
let theirs: Encrypted;
beforeAll(async () => {
  world = await openPostgresWorld();
  [mine, theirs] = [await encrypted(world.a), await encrypted(world.b)];
});
afterAll(() => world.close());

describe('an encrypted text', () => {
  test('ME-01 does not open in another row of its tenant, and the audit tells that somebody tried', async () => {
    const other = await mine.offload('The other text.');
    await world.superuser(
      `UPDATE offloaded_pieces p SET compressed_cipher = s.compressed_cipher, original_bytes = s.original_bytes
       FROM offloaded_pieces s WHERE s.offloaded_id = $1 AND p.offloaded_id = $2`,
      [mine.id, other],
    );
    expect(await mine.read(other)).toBe('SEAL_BROKEN');
    const [told] = await world.superuser(
      `SELECT severity, entity, entity_id, metadata FROM audit_log WHERE tenant_id = $1 AND action = 'memory.seal_broken'`,
      [world.a.id],
    );
    expect(told).toEqual({
      severity: 'CRITICAL',
      entity: 'offloaded_pieces',
      entity_id: `${other}/0`,
      metadata: { column: 'compressed' },
    });
    expect(await mine.read(mine.id)).toBe(SECRET);
  });

  test('ME-02 does not open in another tenant that was given a copy of the key', async () => {
    await carry(mine, theirs);
    await world.superuser(
      'UPDATE data_keys t SET wrapped_secret = s.wrapped_secret FROM data_keys s WHERE t.tenant_id = $2 AND s.tenant_id = $1',
      [world.a.id, world.b.id],
    );
    expect(await theirs.read(mine.id)).toBe('SEAL_BROKEN');
    await expect(theirs.offload('Under that key?')).rejects.toThrow(/SEAL_BROKEN/);
  });

  test('ME-03 does not open in another tenant whose key is the same', async () => {
    const [key] = wrappingKeys(TEST_SECRETS);
    const [row] = await world.superuser<{ wrapped: Buffer }>(
      'SELECT wrapped_secret AS wrapped FROM data_keys WHERE tenant_id = $1',
      [world.a.id],
    );
    const secret = unseal(row?.wrapped ?? Buffer.alloc(0), key, boundTo('polygraph data key', world.a.id, 1));
    const wrapped = seal(secret ?? Buffer.alloc(0), key, boundTo('polygraph data key', world.b.id, 1));
    await world.superuser('UPDATE data_keys SET wrapped_secret = $2 WHERE tenant_id = $1', [world.b.id, wrapped]);
    const again = await encryptedAgain(world.b);
    expect(await again.read(again.id)).toBe(SECRET);
    expect(await again.read(mine.id)).toBe('SEAL_BROKEN');
  });

  test('ME-04 does not open under another version of the key', async () => {
    await mine.ask('mutation { rotateDataKey { keyVersion } }');
    const id = await mine.offload(SECRET);
    expect(await mine.read(id)).toBe(SECRET);
    await world.superuser(
      `UPDATE offloaded_pieces SET compressed_cipher = overlay(compressed_cipher PLACING '\\x00000001'::bytea FROM 2 FOR 4) WHERE offloaded_id = $1`,
      [id],
    );
    expect(await mine.read(id)).toBe('SEAL_BROKEN');
  });
});

const SECRET = 'What only one tenant may read.';
const ENABLE = 'mutation ($id: ID!) { setMemoryEncryption(contextId: $id, enabled: true) { keyVersion } }';

interface Encrypted extends Pick<RelationalClient, 'ask'> {
  /** Of a text that says the secret. */
  readonly id: string;
  readonly contextId: string;
  offload(text: string): Promise<string>;
  /** @returns the text, or the code of the error */
  read(id: string): Promise<unknown>;
}

const encrypted = async (tenant: PostgresTenant): Promise<Encrypted> => {
  const client = createRelationalClient(world, tenant);
  const contextId = await makeExecutionContext(client);
  await client.ask(ENABLE, { id: contextId });
  return encryptedIn(client, contextId);
};
const encryptedAgain = (tenant: PostgresTenant): Promise<Encrypted> =>
  encryptedIn(createRelationalClient(world, tenant), theirs.contextId);

async function encryptedIn(client: RelationalClient, contextId: string): Promise<Encrypted> {
  const write = (text: string): Promise<string> => offload(client, { contextId, key: crypto.randomUUID() }, text);
  return {
    ...{ ask: client.ask, contextId, offload: write, id: await write(SECRET) },
    async read(id) {
      const { data, errors } = await client.ask('query ($id: ID!) { offloadedPiece(id: $id) { text } }', { id });
      return errors?.[0]?.extensions.code ?? data.offloadedPiece?.text;
    },
  };
}

/** The rows of a text, under the same ids. */
async function carry(from: Encrypted, to: Encrypted): Promise<void> {
  await world.superuser(
    `INSERT INTO offloaded_contexts (tenant_id, id, context_id, key, title, pieces, text_hash_cipher)
     SELECT $1, id, $2, key, title, pieces, text_hash_cipher FROM offloaded_contexts WHERE id = $3`,
    [world.b.id, to.contextId, from.id],
  );
  await world.superuser(
    `INSERT INTO offloaded_pieces (tenant_id, offloaded_id, number, original_bytes, compressed_cipher)
     SELECT $1, offloaded_id, number, original_bytes, compressed_cipher FROM offloaded_pieces WHERE offloaded_id = $2`,
    [world.b.id, from.id],
  );
}
