import type pg from 'pg';

/** Keys that people's devices keep. For the sign-in alone. */
export interface PasskeyStore {
  /** @returns false where that many are there already, or the device gave the key before */
  addPasskey(userId: string, passkey: NewPasskey, most: number): Promise<boolean>;
  findPasskey(credentialId: string): Promise<(NewPasskey & { readonly userId: string }) | undefined>;
  listPasskeys(userId: string): Promise<readonly PasskeySummary[]>;
  removePasskey(userId: string, credentialId: string): Promise<boolean>;
  /** @returns false where as much or more was noted meanwhile: of two uses with one count, one is a copy's */
  notePasskeyUse(userId: string, credentialId: string, signCount: number): Promise<boolean>;
}

export interface NewPasskey {
  /** base64url, as the device gave it. */
  readonly credentialId: string;
  /** COSE */
  readonly publicKey: Buffer;
  /** Uses as the device counts them; 0 for ever where it does not. */
  readonly signCount: number;
  /** How a browser reaches the device. */
  readonly transports: readonly string[];
  readonly name: string;
}

export interface PasskeySummary {
  readonly credentialId: string;
  readonly name: string;
  readonly transports: readonly string[];
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

/** Runs `work` in a transaction that the audit tells as the person's own doing. */
export type AsPerson = <T>(userId: string, action: string, work: (client: pg.PoolClient) => Promise<T>) => Promise<T>;

export function createPasskeyStore(
  rows: <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]) => Promise<Row[]>,
  asPerson: AsPerson,
): PasskeyStore {
  const changed = (userId: string, action: string, text: string, ...values: readonly unknown[]): Promise<boolean> =>
    asPerson(userId, action, async (client) => (await client.query(text, [userId, ...values])).rowCount === 1);
  return {
    addPasskey(userId, { credentialId, publicKey, signCount, transports, name }, most) {
      return asPerson(userId, 'person.addPasskey', async (client) => {
        // Two at once wait for each other here, so that they are counted one after the other.
        await client.query('SELECT FROM credentials WHERE user_id = $1 FOR UPDATE', [userId]);
        const values = [userId, credentialId, publicKey, signCount, transports, name, most];
        return (await client.query(ADD, values)).rowCount === 1;
      });
    },
    async findPasskey(credentialId) {
      const [row] = await rows<NewPasskey & { userId: string }>(FIND, [credentialId]);
      return row;
    },
    listPasskeys: (userId) => rows<PasskeySummary & pg.QueryResultRow>(LIST, [userId]),
    removePasskey: (userId, credentialId) => changed(userId, 'person.removePasskey', REMOVE, credentialId),
    notePasskeyUse: (userId, credentialId, signCount) =>
      changed(userId, 'person.usePasskey', USE, credentialId, signCount),
  };
}

const ADD = `INSERT INTO passkeys (user_id, credential_id, public_key, sign_count, transports, name)
  SELECT $1::uuid, $2, $3::bytea, $4::bigint, $5::text[], $6
  WHERE (SELECT count(*) FROM passkeys WHERE user_id = $1::uuid) < $7 ON CONFLICT DO NOTHING`;
const FIND = `SELECT user_id AS "userId", credential_id AS "credentialId", public_key AS "publicKey",
  sign_count::float8 AS "signCount", transports, name FROM passkeys WHERE credential_id = $1`;
const LIST = `SELECT credential_id AS "credentialId", name, transports, created_at AS "createdAt",
  last_used_at AS "lastUsedAt" FROM passkeys WHERE user_id = $1 ORDER BY created_at, credential_id`;
const REMOVE = 'DELETE FROM passkeys WHERE user_id = $1 AND credential_id = $2';
const USE = `UPDATE passkeys SET sign_count = $3::bigint, last_used_at = now()
  WHERE user_id = $1 AND credential_id = $2 AND (sign_count < $3::bigint OR (sign_count = 0 AND $3::bigint = 0))`;
