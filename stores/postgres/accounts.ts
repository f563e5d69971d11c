import type pg from 'pg';
import type { Logger } from '#platform/log';
import type { Tier } from '#tenancy/tiers';
import { createStoreBreaker } from '../breaker.ts';
import { copyRegistry } from './copies.ts';
import { isUnreachable } from './errors.ts';
import { createPasskeyStore, type PasskeyStore } from './passkeys.ts';
import { ownPlaceOf } from './placement.ts';
import { createPostgresPool, type OnPrimary, sameServer } from './pool.ts';
import { readQuota } from './quota.ts';
import { urlOfRole } from './roles.ts';

/** How people prove who they are, and how they become members. For the sign-in alone: it reads across tenants. */
export interface AccountStore extends PasskeyStore {
  /** A tenant that serves, by its slug. */
  findTenant(slug: string): Promise<string | undefined>;
  findPerson(by: { email: string } | { userId: string }): Promise<Person | undefined>;
  /** Tenants the person is a member of. */
  listTenants(userId: string): Promise<string[]>;
  setPassword(userId: string, hash: string): Promise<void>;
  /** Not asked for until it is confirmed. @returns false where another is confirmed */
  beginTotp(userId: string, cipher: string): Promise<boolean>;
  confirmTotp(userId: string, step: number, recoveryHashes: readonly string[]): Promise<void>;
  removeTotp(userId: string): Promise<void>;
  /** @returns false where this or a later code was taken: each serves once, however many send it at the same time */
  takeTotpStep(userId: string, step: number): Promise<boolean>;
  /** @returns false where it is none of those that are left */
  takeRecoveryCode(userId: string, hash: string): Promise<boolean>;
  findInvitation(tenantId: string, tokenHash: string): Promise<{ email: string } | undefined>;
  /** Makes the person where there is none with that e-mail, and the member. @returns undefined where it is not open */
  acceptInvitation(invitation: AcceptedInvitation): Promise<{ userId: string } | undefined>;
  /** Tells the audit of a sign-in, or of one that was refused. */
  note(tenantId: string, userId: string, action: string, severity: 'INFO' | 'ERROR' | 'CRITICAL'): Promise<void>;
  noteKeyUse(tenantId: string, keyId: string): Promise<void>;
  close(): Promise<void>;
}

export interface Person {
  readonly userId: string;
  readonly email: string;
  readonly passwordHash: string | null;
  readonly totpCipher: string | null;
  readonly totpConfirmed: boolean;
}

export interface AcceptedInvitation {
  readonly tenantId: string;
  readonly tokenHash: string;
  readonly name: string;
  /** Of a person who has none yet. */
  readonly passwordHash: string | undefined;
}

export interface AccountStoreOptions {
  /** The migrator's; this connects as `polygraph_accounts` with a derived password. */
  url: string;
  secrets: readonly [string, ...string[]];
  timeoutMs?: number;
  onPrimary?: OnPrimary | undefined;
  log: Logger;
}

export function openAccounts({
  url,
  secrets,
  timeoutMs = 5_000,
  onPrimary = sameServer,
  log,
}: AccountStoreOptions): AccountStore {
  const pool = createPostgresPool({
    url: urlOfRole(url, 'accounts', secrets),
    ...{ size: 3, timeoutMs, applicationName: 'polygraph accounts', onPrimary, log },
  });
  const breaker = createStoreBreaker({ store: 'postgres', isUnreachable, timeoutMs: timeoutMs + 500 });
  const rows = async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[]> =>
    (await breaker.run(() => pool.query<Row>(text, [...values]))).rows;
  /** What it writes is audited as the person's own doing. */
  const asPerson = <T>(userId: string, action: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
    breaker.run(() => inTransaction(pool, userId, action, work));
  const one = (userId: string, action: string, text: string, ...values: readonly unknown[]): Promise<boolean> =>
    asPerson(userId, action, async (client) => (await client.query(text, [userId, ...values])).rowCount === 1);

  return {
    ...createPasskeyStore(rows, asPerson),
    async findTenant(slug) {
      const [row] = await rows<{ id: string }>(`SELECT id FROM tenants WHERE slug = $1 AND status = 'ACTIVE'`, [slug]);
      return row?.id;
    },
    async findPerson(by) {
      const [where, value] = 'email' in by ? ['u.email', by.email.toLowerCase()] : ['u.id', by.userId];
      const [row] = await rows<Person>(`${PERSON} WHERE ${where} = $1`, [value]);
      return row;
    },
    async listTenants(userId) {
      const found = await rows<{ id: string }>('SELECT tenant_id AS id FROM memberships WHERE user_id = $1', [userId]);
      return found.map(({ id }) => id);
    },
    async setPassword(userId, hash) {
      await one(userId, 'person.setPassword', SET_PASSWORD, hash);
    },
    beginTotp: (userId, cipher) => one(userId, 'person.beginSecondFactor', BEGIN_TOTP, cipher),
    async confirmTotp(userId, step, recoveryHashes) {
      await one(userId, 'person.confirmSecondFactor', CONFIRM_TOTP, step, recoveryHashes);
    },
    async removeTotp(userId) {
      await one(userId, 'person.removeSecondFactor', REMOVE_TOTP);
    },
    takeTotpStep: (userId, step) => one(userId, 'person.useCode', TAKE_STEP, step),
    takeRecoveryCode: (userId, hash) => one(userId, 'person.useRecoveryCode', TAKE_RECOVERY, hash),
    async findInvitation(tenantId, tokenHash) {
      const [row] = await rows<{ email: string }>(`SELECT email FROM invitations WHERE ${OPEN}`, [tenantId, tokenHash]);
      return row;
    },
    async acceptInvitation(invitation) {
      const accepted = await asPerson('', 'invitation.accept', (client) => accept(client, invitation));
      // A tenant that lives apart gets its copy at once, so that its newest member can write.
      const place = accepted && ownPlaceOf({ tenantId: invitation.tenantId, tier: accepted.tier });
      if (place) await copyRegistry({ url: onPrimary(url), secrets, place, userId: accepted.userId });
      return accepted;
    },
    async note(tenantId, userId, action, severity) {
      await rows(NOTE, [tenantId, userId, action, severity]);
      if (severity === 'INFO') await rows(LAST_LOGIN, [tenantId, userId]);
    },
    async noteKeyUse(tenantId, keyId) {
      await rows('UPDATE api_keys SET last_used_at = now() WHERE tenant_id = $1 AND id = $2', [tenantId, keyId]);
    },
    close: () => pool.end(),
  };
}

async function accept(client: pg.PoolClient, { tenantId, tokenHash, name, passwordHash }: AcceptedInvitation) {
  const { rows: invitations } = await client.query<{ email: string; role: string; customRole: string | null }>(
    `UPDATE invitations SET accepted_at = now() WHERE ${OPEN} RETURNING email, role::text, custom_role AS "customRole"`,
    [tenantId, tokenHash],
  );
  const [invitation] = invitations;
  if (!invitation) return undefined;
  const { email, role, customRole } = invitation;
  await client.query('INSERT INTO users (id, email, name) VALUES (gen_random_uuid(), $1, $2) ON CONFLICT DO NOTHING', [
    email,
    name,
  ]);
  const { rows: users } = await client.query<{ userId: string }>('SELECT id AS "userId" FROM users WHERE email = $1', [
    email,
  ]);
  const userId = users[0]?.userId ?? '';
  await client.query(`SELECT set_config('app.principal', $1, true)`, [`user:${userId}`]);
  if (passwordHash !== undefined) await client.query(SET_PASSWORD, [userId, passwordHash]);
  await client.query(
    `INSERT INTO memberships (tenant_id, user_id, role, custom_role, display_name)
     VALUES ($1, $2, $3::membership_role, $4, $5) ON CONFLICT DO NOTHING`,
    [tenantId, userId, role, customRole, name],
  );
  const { rows: tenants } = await client.query<{ tier: Tier }>('SELECT tier FROM tenants WHERE id = $1', [tenantId]);
  return { userId, tier: tenants[0]?.tier ?? 'STANDARD' };
}

async function inTransaction<T>(
  pool: pg.Pool,
  userId: string,
  action: string,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const who = userId === '' ? '' : `user:${userId}`;
    await client.query(`SELECT set_config('app.principal', $1, true), set_config('app.action', $2, true)`, [
      who,
      action,
    ]);
    const result = await work(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw readQuota(error) ?? error;
  }
}

const PERSON = `SELECT u.id AS "userId", u.email, c.password_hash AS "passwordHash", c.totp_cipher AS "totpCipher",
  coalesce(c.totp_confirmed, false) AS "totpConfirmed" FROM users u LEFT JOIN credentials c ON c.user_id = u.id`;
const SET_PASSWORD = `INSERT INTO credentials (user_id, password_hash) VALUES ($1, $2)
  ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash, changed_at = now()`;
const BEGIN_TOTP = `UPDATE credentials SET totp_cipher = $2, totp_last_step = 0, recovery_hashes = '{}', changed_at = now()
  WHERE user_id = $1 AND NOT totp_confirmed`;
const CONFIRM_TOTP = `UPDATE credentials SET totp_confirmed = true, totp_last_step = $2, recovery_hashes = $3,
  changed_at = now() WHERE user_id = $1 AND totp_cipher IS NOT NULL`;
const REMOVE_TOTP = `UPDATE credentials SET totp_confirmed = false, totp_cipher = NULL, recovery_hashes = '{}',
  changed_at = now() WHERE user_id = $1`;
const TAKE_STEP = 'UPDATE credentials SET totp_last_step = $2 WHERE user_id = $1 AND totp_last_step < $2';
const TAKE_RECOVERY = `UPDATE credentials SET recovery_hashes = array_remove(recovery_hashes, $2)
  WHERE user_id = $1 AND $2 = ANY (recovery_hashes)`;
const OPEN = `tenant_id = $1 AND token_hash = $2 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now()`;
const LAST_LOGIN = 'UPDATE memberships SET last_login_at = now() WHERE tenant_id = $1 AND user_id = $2';
const NOTE = `SELECT audit_append($1::uuid, clock_timestamp(), 'user', $2::text, $3, 'EVENT', 'people', $2::text, $4,
  NULL, NULL, '{}')`;
