import { createHash, createHmac, hkdfSync, pbkdf2Sync, randomBytes } from 'node:crypto';
import { type DatabasePlace, urlIn } from './placement.ts';

/**
 * The login roles of one installation. None is a superuser, none may bypass
 * row-level security, none may create anything. Role names are those of the
 * server, so one PostgreSQL server holds one installation.
 */
export const POSTGRES_ROLES = {
  /** Serves requests: sees one tenant, the one that `app.tenant` names. */
  app: 'polygraph_app',
  /** Reads, across tenants, the few columns that say who may enter. */
  identity: 'polygraph_identity',
  /** Reads the outbox and writes the projections that live in PostgreSQL. */
  relay: 'polygraph_relay',
  /** Creates tenants, people, memberships and keys; sees nothing else. */
  provision: 'polygraph_provision',
  /** Signs people in and takes them in: sees who they are and how they prove it, and nothing that tenants keep. */
  accounts: 'polygraph_accounts',
  /** Decides rounds of federated learning: sees what was contributed, and nothing else that tenants keep. */
  federation: 'polygraph_federation',
} as const;
export type PostgresRole = keyof typeof POSTGRES_ROLES;

/** Cannot log in: the role that serves requests takes it on to read what other tenants share (sharing.ts). */
export const SHARING_ROLE = 'polygraph_sharing';

/** @returns the URL with which that role connects; `url` is the migrator's */
export function urlOfRole(url: string, role: PostgresRole, secrets: readonly [string, ...string[]]): string {
  const own = new URL(url);
  own.username = POSTGRES_ROLES[role];
  own.password = passwordOfRole(role, secrets);
  return own.href;
}

/**
 * Derived from the password of the role that serves requests, because who has that one serves all tenants: a
 * process that knows nothing else reaches each database, and what it is reached with opens no other.
 * @param appUrl as `urlOfRole` gives it for `app`
 * @returns the URL with which the tenant of a database of its own connects
 */
export function urlOfTenant(appUrl: string, place: DatabasePlace): string {
  const own = new URL(urlIn(appUrl, place));
  own.username = place.name;
  own.password = derive(decodeURIComponent(own.password), place.name);
  return own.href;
}

export function passwordOfTenant(place: DatabasePlace, secrets: readonly [string, ...string[]]): string {
  return derive(passwordOfRole('app', secrets), place.name);
}

/** Derived, so that no password is stored and every process of an installation knows it. */
export function passwordOfRole(role: PostgresRole, [secret]: readonly [string, ...string[]]): string {
  return derive(secret, POSTGRES_ROLES[role]);
}

function derive(secret: string, role: string): string {
  return Buffer.from(hkdfSync('sha256', secret, 'polygraph', `postgres role ${role}`, 32)).toString('base64url');
}

/** What PostgreSQL stores for a password. Sending this instead keeps the password out of the server's log. */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const iterations = 4_096;
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
