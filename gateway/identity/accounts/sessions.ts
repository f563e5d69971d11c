import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Settings } from '#platform/settings';
import { UUID } from '#platform/uuid';
import { refused } from '../refusals.ts';
import { dangerouslyOpenKeys, type OwnKeysOptions } from './own-keys.ts';

export interface Session {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly seenAt: number;
}

export interface SessionOwner {
  readonly tenantId: string;
  readonly userId: string;
}

/**
 * Who is signed in, in Redis: all sessions of a person in a tenant under one
 * key, so that there are never more than allowed. Of two sign-ins at the same
 * moment one can be lost, which ends a session and begins none. Nothing is
 * remembered in this process: what is ended is refused by the next request.
 */
export interface Sessions {
  /** The oldest ends where there would be too many. @returns the token, which is kept nowhere */
  start(owner: SessionOwner, headers: IncomingHttpHeaders): Promise<{ token: string; expiresAt: Date }>;
  /** @throws PolygraphError TOKEN_INVALID, TOKEN_EXPIRED, STORE_UNAVAILABLE */
  verify(token: string, headers: IncomingHttpHeaders): Promise<SessionOwner & { readonly id: string }>;
  list(owner: SessionOwner): Promise<readonly Session[]>;
  /** One, or all. @returns how many */
  end(owner: SessionOwner, id?: string): Promise<number>;
}

export interface SessionsOptions extends OwnKeysOptions {
  settings: Pick<Settings, 'SESSION_IDLE_SECONDS' | 'SESSION_HOURS' | 'SESSIONS_AT_ONCE'>;
  now?: () => number;
}

export function createSessions({ settings, now = Date.now, ...stores }: SessionsOptions): Sessions {
  const { SESSION_IDLE_SECONDS: idle, SESSION_HOURS: hours, SESSIONS_AT_ONCE: most } = settings;
  const lifetime = Math.ceil(hours * 3_600);
  const keyOf = ({ userId }: SessionOwner) => ({ area: 'sessions', parts: [userId] });
  const isAlive = ({ startedAt, seenAt }: Kept): boolean =>
    now() < seenAt + idle * 1_000 && now() < startedAt + lifetime * 1_000;
  // The tenant of a token is not believed yet: it names the keys among which the secret's hash must lie.
  const keysOf = ({ tenantId }: SessionOwner) => dangerouslyOpenKeys(stores, tenantId, 'sessions');
  const read = async (owner: SessionOwner): Promise<Kept[]> => {
    const kept = KEPT.safeParse(await (await keysOf(owner)).get(keyOf(owner)));
    return kept.success ? kept.data : [];
  };
  const write = async (owner: SessionOwner, sessions: readonly Kept[]): Promise<void> =>
    (await keysOf(owner)).set(keyOf(owner), sessions, lifetime);

  return {
    async start(owner, headers) {
      const secret = randomBytes(32).toString('base64url');
      const fresh = {
        id: randomUUID(),
        secret: sha256(secret),
        device: deviceOf(headers),
        startedAt: now(),
        seenAt: now(),
      };
      const others = (await read(owner)).filter(isAlive).sort((a, b) => b.seenAt - a.seenAt);
      await write(owner, [fresh, ...others.slice(0, most - 1)]);
      const expiresAt = new Date(now() + lifetime * 1_000);
      return { token: `ps_${owner.tenantId}_${owner.userId}_${secret}`, expiresAt };
    },
    async verify(token, headers) {
      const [, tenantId = '', userId = '', secret = ''] = FORM.exec(token) ?? [];
      if (!UUID.test(tenantId) || !UUID.test(userId)) throw refused('TOKEN_INVALID', 'The token is of no known form.');
      const owner = { tenantId, userId };
      const sessions = await read(owner);
      const hash = sha256(secret);
      // Compared as they are: who guesses a prefix of a hash knows nothing of the secret.
      const session = sessions.find((one) => one.secret === hash);
      if (!session) throw refused('TOKEN_INVALID', 'This session has ended, or never was.');
      if (!isAlive(session)) throw refused('TOKEN_EXPIRED', 'This session has ended: it was not used for too long.');
      if (session.device !== deviceOf(headers))
        throw refused('TOKEN_INVALID', 'This session belongs to another device.');
      if (now() - session.seenAt > NOTICE_MS) {
        await write(
          owner,
          sessions.map((one) => (one === session ? { ...one, seenAt: now() } : one)),
        );
      }
      return { ...owner, id: session.id };
    },
    async list(owner) {
      const alive = (await read(owner)).filter(isAlive);
      return alive.map(({ id, startedAt, seenAt }) => ({ id, startedAt, seenAt }));
    },
    async end(owner, id) {
      const sessions = await read(owner);
      const left = id === undefined ? [] : sessions.filter((one) => one.id !== id);
      if (left.length < sessions.length) await write(owner, left);
      return sessions.length - left.length;
    },
  };
}

/** A stolen token is of no use in another browser, nor, where the client names its device, without that name. */
function deviceOf({ 'user-agent': agent = '', 'x-device-id': device = '' }: IncomingHttpHeaders): string {
  return sha256(JSON.stringify([agent, device]));
}

const KEPT = z.array(
  z.object({ id: z.string(), secret: z.string(), device: z.string(), startedAt: z.number(), seenAt: z.number() }),
);
type Kept = z.output<typeof KEPT>[number];

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
const FORM = /^ps_([0-9a-f-]{36})_([0-9a-f-]{36})_([A-Za-z0-9_-]{43})$/;
/** How late the time of last use may be. */
const NOTICE_MS = 30_000;
