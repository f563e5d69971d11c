import { createHash } from 'node:crypto';
import { type Db, type Document, type MongoClient, MongoServerError } from 'mongodb';
import type { SealingKeys } from '#platform/sealing';
import { placeNameOf } from '../../place-name.ts';
import { ensureCollections, fingerprintOfCollections } from '../ensure.ts';
import { passwordOfTenant } from './credentials.ts';

/** The user of MONGODB_ADMIN_URL or, where that is absent, of MONGODB_URL may not do what a database of a tenant's own needs. */
export class NotAllowedError extends Error {
  override readonly name = 'NotAllowedError';
  override readonly message =
    'MongoDB lets this user make no databases, roles and users. Set MONGODB_ADMIN_URL to one with the roles userAdminAnyDatabase, dbAdminAnyDatabase and readWriteAnyDatabase, or root; until then, documents of ENTERPRISE tenants stay in the shared collections.';
}

/**
 * Brings the tenant's database, role and user to what they should be; each step states the end and may be repeated.
 * @param admin may make users, roles and databases
 * @returns what it was brought to
 * @throws NotAllowedError
 */
export async function makeOwnDatabase(admin: MongoClient, tenantId: string, [key]: SealingKeys): Promise<string> {
  const name = placeNameOf(tenantId);
  const password = passwordOfTenant(tenantId, key);
  const db = admin.db(name);
  await asAllowed(async () => {
    await ensureCollections(db);
    await setRights(db, RIGHTS);
    await ensureUser(db, name, password);
  });
  return wantedOwnDatabase(tenantId, [key]);
}

/** What `makeOwnDatabase` brings it to: another shape or another key is another text. */
export function wantedOwnDatabase(tenantId: string, [key]: SealingKeys): string {
  const password = createHash('sha256').update(passwordOfTenant(tenantId, key)).digest('hex');
  return createHash('sha256').update(`${fingerprintOfCollections()} ${password}`).digest('hex');
}

/** The server then refuses whoever still writes as the tenant's own user, also over connections that are open. */
export async function allowWriting(admin: MongoClient, tenantId: string, allowed: boolean): Promise<void> {
  await asAllowed(() => setRights(admin.db(placeNameOf(tenantId)), allowed ? RIGHTS : READING));
}

/** Takes away the database with all that is in it, its role and its user. Can be repeated. */
export async function dropOwnDatabase(admin: MongoClient, tenantId: string): Promise<void> {
  const db = admin.db(placeNameOf(tenantId));
  await asAllowed(async () => {
    await db.command({ dropAllUsersFromDatabase: 1 });
    await db.command({ dropAllRolesFromDatabase: 1 });
    await db.dropDatabase();
  });
}

async function setRights(db: Db, actions: readonly string[]): Promise<void> {
  const privileges = [{ resource: { db: db.databaseName, collection: '' }, actions }];
  const { roles } = await db.command({ rolesInfo: { role: ROLE, db: db.databaseName } });
  const verb = isEmpty(roles) ? 'createRole' : 'updateRole';
  await db.command({ [verb]: ROLE, privileges, roles: [] });
}

async function ensureUser(db: Db, name: string, pwd: string): Promise<void> {
  const { users } = await db.command({ usersInfo: { user: name, db: db.databaseName } });
  const verb = isEmpty(users) ? 'createUser' : 'updateUser';
  await db.command({ [verb]: name, pwd, roles: [{ role: ROLE, db: db.databaseName }] });
}

async function asAllowed(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof MongoServerError && error.code === UNAUTHORIZED) throw new NotAllowedError();
    throw error;
  }
}

const isEmpty = (found: Document): boolean => !Array.isArray(found) || found.length === 0;
const ROLE = 'documents';
/** Less than `readWrite`, which could drop, rename and rebuild collections and with them their validators. */
const RIGHTS = ['find', 'insert', 'update', 'remove'] as const;
const READING = ['find'] as const;
const UNAUTHORIZED = 13;
