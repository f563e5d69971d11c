import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import type { Postgres, TenantPostgres } from '#stores/postgres/index';
import { type Change, type ChangesQuestion, readChanges } from '#stores/postgres/outbox/changes';
import { hasScopes, type TenantContext } from '#tenancy/context';
import type { TakeRequest } from '../admission/rate-limit.ts';
import type { Identify } from '../identity/index.ts';

export interface ChangesRouteOptions {
  readonly identify: Identify;
  readonly takeRequest: TakeRequest;
  readonly postgres: Pick<Postgres, 'forTenant'>;
  /** How often a follower looks for more. */
  readonly pollMs?: number;
  /** How long a follower is served before it has to come back. */
  readonly followMs?: number;
  /** Followers of one tenant at once, in this process. */
  readonly maxFollowers?: number;
}

/**
 * GET /changes: what changes in the documents of the caller's tenant, and alerts of its budgets where the caller may read
 * analytics, as lines of JSON, each with the `cursor` to go on
 * from. `?after=CURSOR` resumes behind it, `?follow=true` stays and sends what comes, `?bodies=true` adds the bodies.
 * Without `follow` it ends at the last change there is. An empty line now and then says that the line is alive.
 */
export function changesRoute({
  identify,
  takeRequest,
  postgres,
  pollMs = 500,
  followMs = 300_000,
  maxFollowers = 10,
}: ChangesRouteOptions): FastifyPluginAsync {
  const followers = new Map<string, number>();
  return async (app) => {
    const closing = new AbortController();
    app.addHook('preClose', async () => closing.abort());
    app.get('/changes', async (request, reply) => {
      const mayRead = (): Promise<TenantContext> => identifyReader(identify, request.headers);
      const tenant = await mayRead();
      await takeRequest(tenant, 'GET /changes', (name, value) => reply.header(name, value));
      const asked = readQuery(request.query);
      const now = followers.get(tenant.tenantId) ?? 0;
      if (asked.follow && now >= maxFollowers) {
        throw new PolygraphError('RATE_LIMITED', `A tenant has at most ${maxFollowers} followers at once.`, {
          facts: { limit: maxFollowers },
        });
      }
      const handle = postgres.forTenant(tenant);
      // Asked before the answer begins, so that a wrong cursor is an error and not a broken stream.
      const entities = entitiesFor(tenant);
      const first = await readChanges(handle, { after: asked.after, bodies: asked.bodies, entities, limit: PAGE });
      const gone = AbortSignal.any([closing.signal, closedSignal(reply)]);
      const until = asked.follow ? performance.now() + followMs : 0;
      if (asked.follow) {
        followers.set(tenant.tenantId, now + 1);
        reply.raw.once('close', () => leave(followers, tenant.tenantId));
      }
      const lines = Readable.from(follow(handle, { ...asked, entities, first, gone, until, pollMs, mayRead }), {
        objectMode: false,
      });
      return reply.type('application/x-ndjson').header('cache-control', 'private, no-store').send(lines);
    });
  };
}

interface Following extends Pick<ChangesQuestion, 'bodies' | 'entities'> {
  readonly after?: string | undefined;
  readonly first: readonly Change[];
  readonly gone: AbortSignal;
  readonly until: number;
  readonly pollMs: number;
  /** Rejects for whoever may not read, or not any more. */
  readonly mayRead: () => Promise<unknown>;
}

/**
 * A page is read when the one before it was taken: a slow reader holds up itself alone. Who follows is identified again
 * before each: who was revoked, or whose tenant was suspended, is told nothing more, and the stream ends.
 */
async function* follow(
  postgres: TenantPostgres,
  { first, after, bodies, entities, gone, until, pollMs, mayRead }: Following,
): AsyncGenerator<string> {
  let page = first;
  let cursor = after;
  // Headers go out with the first byte: who follows is to know at once that it does.
  let spokenAt = Number.NEGATIVE_INFINITY;
  while (!gone.aborted) {
    if (page.length > 0) {
      yield page.map((change) => `${JSON.stringify(change)}\n`).join('');
      spokenAt = performance.now();
      cursor = page.at(-1)?.cursor;
    }
    if (page.length < PAGE) {
      if (performance.now() >= until) return;
      if (performance.now() - spokenAt > SILENCE_MS) {
        yield '\n';
        spokenAt = performance.now();
      }
      await sleep(pollMs, undefined, { signal: gone }).catch(() => undefined);
    }
    if (gone.aborted || (await isRefused(mayRead))) return;
    page = await readChanges(postgres, { after: cursor, bodies, entities, limit: PAGE });
  }
}

async function identifyReader(identify: Identify, headers: IncomingHttpHeaders): Promise<TenantContext> {
  const tenant = await identify(headers);
  if (hasScopes(tenant, ['content:read'])) return tenant;
  throw new PolygraphError('FORBIDDEN', '/changes needs the scope content:read.', {
    facts: { missingScopes: ['content:read'] },
  });
}

const entitiesFor = (reader: TenantContext): ChangesQuestion['entities'] =>
  hasScopes(reader, ['analytics:read']) ? ['Content', 'BudgetAlert'] : ['Content'];

const isRefused = (mayRead: Following['mayRead']): Promise<boolean> =>
  mayRead().then(
    () => false,
    () => true,
  );

function readQuery(query: unknown): z.output<typeof QUERY> {
  const parsed = QUERY.safeParse(query);
  if (parsed.success) return parsed.data;
  throw new PolygraphError(
    'BAD_USER_INPUT',
    '/changes takes `after` (a cursor), `follow` and `bodies` (true or false).',
  );
}

function closedSignal(reply: FastifyReply): AbortSignal {
  const closed = new AbortController();
  reply.raw.once('close', () => closed.abort());
  return closed.signal;
}

function leave(followers: Map<string, number>, tenantId: string): void {
  const left = (followers.get(tenantId) ?? 1) - 1;
  if (left > 0) followers.set(tenantId, left);
  else followers.delete(tenantId);
}

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
const QUERY = z.strictObject({ after: z.string().max(64).optional(), follow: flag, bodies: flag });
const PAGE = 100;
/** Proxies cut what is silent for longer, commonly after 30 or 60 seconds. */
const SILENCE_MS = 15_000;
