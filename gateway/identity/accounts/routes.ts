import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import type { Identify } from '../index.ts';
import { refused } from '../refusals.ts';
import type { Accounts } from './accounts.ts';
import { PasskeyProof, PasskeyRegistration } from './passkey-shapes.ts';
import type { Passkeys } from './passkeys.ts';
import type { SessionOwner, Sessions } from './sessions.ts';

export interface AccountServices {
  readonly accounts: Accounts;
  /** Absent where no domain is set that they could belong to. */
  readonly passkeys: Passkeys | undefined;
  readonly sessions: Sessions;
}

/**
 * Signing in and what people do about their own accounts, as JSON under /auth. No cookie, so no other page can use it.
 * @param identify refuses whose tenant is suspended, or who is no member any more, whatever their session says
 */
export function accountRoutes(
  { accounts, passkeys, sessions }: AccountServices,
  identify: Identify,
): FastifyPluginAsync {
  return async (app) => {
    const owner = async ({ headers }: FastifyRequest): Promise<SessionOwner & { readonly id: string }> => {
      const token = /^Bearer +(ps_[^\s,]+)$/i.exec(headers.authorization ?? '')?.[1];
      if (!token) throw refused('UNAUTHENTICATED', 'This needs the token of a session.');
      const [session] = await Promise.all([sessions.verify(token, headers), identify(headers)]);
      return session;
    };
    app.addHook('onSend', async (_, reply) => {
      reply.header('cache-control', 'no-store');
    });
    app.post('/auth/sign-in', ({ body, ip, headers }) => accounts.signIn(read(SIGN_IN, body), ip, headers));
    app.post('/auth/invitations/accept', ({ body, ip }) => accounts.accept(read(ACCEPT, body), ip));
    app.post('/auth/sign-out', async (request) => {
      const { id, ...who } = await owner(request);
      return { ended: await sessions.end(who, id) };
    });
    app.get('/auth/sessions', async (request) => {
      const { id: own, ...who } = await owner(request);
      return (await sessions.list(who)).map((session) => ({ ...session, own: session.id === own }));
    });
    app.delete<{ Params: { id: string } }>('/auth/sessions/:id', async (request) => {
      const { id: _, ...who } = await owner(request);
      const { id } = request.params;
      return { ended: await sessions.end(who, id === 'all' ? undefined : id) };
    });
    app.post('/auth/password', async (request) => {
      await accounts.changePassword(await owner(request), read(PASSWORDS, request.body));
      return { changed: true };
    });
    app.post('/auth/second-factor', async (request) => accounts.beginSecondFactor(await owner(request)));
    app.post('/auth/second-factor/confirm', async (request) =>
      accounts.confirmSecondFactor(await owner(request), read(CODE, request.body).code),
    );
    app.post('/auth/second-factor/remove', async (request) => {
      await accounts.removeSecondFactor(await owner(request), read(PASSWORD, request.body).password);
      return { removed: true };
    });
    if (passkeys) addPasskeyRoutes(app, passkeys, owner);
  };
}

function addPasskeyRoutes(
  app: FastifyInstance,
  passkeys: Passkeys,
  owner: (request: FastifyRequest) => Promise<SessionOwner>,
): void {
  app.post('/auth/passkeys/options', async (request) =>
    passkeys.beginAdding(await owner(request), read(PASSWORD, request.body).password),
  );
  app.post('/auth/passkeys', async (request) => {
    await passkeys.add(await owner(request), read(NEW_PASSKEY, request.body));
    return { added: true };
  });
  app.get('/auth/passkeys', async (request) => passkeys.list(await owner(request)));
  app.post<{ Params: { id: string } }>('/auth/passkeys/:id/remove', async (request) => {
    const { password } = read(PASSWORD, request.body);
    return { removed: await passkeys.remove(await owner(request), request.params.id, password) };
  });
  app.post('/auth/sign-in/passkey/options', ({ body, ip }) => passkeys.beginSignIn(read(TENANT, body).tenant, ip));
  app.post('/auth/sign-in/passkey', ({ body, ip, headers }) =>
    passkeys.signIn(read(PASSKEY_SIGN_IN, body), ip, headers),
  );
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path, message }) => `\`${path.join('.')}\`: ${message}`);
  throw new PolygraphError('BAD_USER_INPUT', fields.join('; '));
}

const text = z.string().min(1).max(400);
const SIGN_IN = z.strictObject({ tenant: text, email: text, password: text, code: text.optional() });
const ACCEPT = z.strictObject({ token: text, name: z.string().trim().min(1).max(200), password: text });
const PASSWORDS = z.strictObject({ current: text, next: text });
const PASSWORD = z.strictObject({ password: text });
const CODE = z.strictObject({ code: text });
const TENANT = z.strictObject({ tenant: text });
const NEW_PASSKEY = z.strictObject({ name: z.string().trim().min(1).max(100), response: PasskeyRegistration });
const PASSKEY_SIGN_IN = z.strictObject({ tenant: text, response: PasskeyProof });
