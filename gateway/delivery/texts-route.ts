import { Readable } from 'node:stream';
import type { FastifyPluginAsync } from 'fastify';
import { PolygraphError } from '#platform/errors';
import { missingScopes } from '#subgraphs/runtime/scopes';
import { hasScopes, type TenantContext } from '#tenancy/context';
import type { TakeRequest } from '../admission/rate-limit.ts';
import type { Identify } from '../identity/index.ts';

/** A long text on its way out, a piece at a time. */
export interface StreamedText {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
  /** Fails before its last piece where the text is not what it was. */
  readonly text: AsyncIterable<Buffer>;
}

export interface TextsRouteOptions {
  readonly identify: Identify;
  readonly takeRequest: TakeRequest;
  /** @returns undefined for what is not there, or not the tenant's */
  readonly restoreText: (tenant: TenantContext, id: string) => Promise<StreamedText | undefined>;
}

/**
 * GET /offloaded/{id}: an offloaded text as it was sent, however large: the
 * next piece is read when the one before it has left. The header `x-content-sha256` says its
 * SHA-256; an answer that is shorter than its `content-length` is not the text.
 */
export function textsRoute({ identify, takeRequest, restoreText }: TextsRouteOptions): FastifyPluginAsync {
  return async (app) => {
    app.get<{ Params: { id: string } }>('/offloaded/:id', async (request, reply) => {
      const tenant = await identify(request.headers);
      await takeRequest(tenant, 'GET /offloaded', (name, value) => reply.header(name, value));
      if (!hasScopes(tenant, SCOPES)) throw missingScopes('GET /offloaded', SCOPES, tenant);
      const restored = await restoreText(tenant, request.params.id);
      if (!restored) throw new PolygraphError('NOT_FOUND', 'There is no such offloaded text, or it is not complete.');
      reply.header('content-length', restored.bytes).header('x-content-sha256', restored.sha256);
      reply.header('cache-control', 'private, no-store').type('text/plain; charset=utf-8');
      return reply.send(Readable.from(restored.text, { objectMode: false, highWaterMark: 1 }));
    });
  };
}

const SCOPES = ['memory:read'];
