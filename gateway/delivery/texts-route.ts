import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyPluginAsync } from 'fastify';
import { PolygraphError } from '#platform/errors';
import type { OwnCaller, OwnOperations } from './own-operations.ts';
import type { RouteDoor } from './route-door.ts';

export interface TextsRouteOptions {
  readonly admit: RouteDoor;
  readonly graph: OwnOperations;
}

/**
 * GET /offloaded/ID: an offloaded text as it was sent, however large. Each piece
 * is an operation of its own, sent when the one before it was taken, so one is
 * in memory at a time. The header `x-content-sha256` says the SHA-256 of the
 * whole; an answer that is shorter than its `content-length` is not the text.
 */
export function textsRoute({ admit, graph }: TextsRouteOptions): FastifyPluginAsync {
  return async (app) => {
    app.get<{ Params: { id: string } }>('/offloaded/:id', async (request, reply) => {
      const caller = await admit(request, reply, 'GET /offloaded', 'memory:read');
      const text = await find(graph, caller, request.params.id);
      return reply
        .header('cache-control', 'private, no-store')
        .header('content-length', text.originalBytes)
        .header('x-content-sha256', text.sha256)
        .header('x-content-type-options', 'nosniff')
        .type('text/plain; charset=utf-8')
        .send(Readable.from(verified(piecesOf(graph, caller, text), text.sha256), { objectMode: false }));
    });
  };
}

interface OffloadedText {
  readonly id: string;
  readonly pieces: number;
  readonly originalBytes: number;
  /** In hexadecimal; null before the text is complete. */
  readonly sha256: string | null;
}
type Complete = OffloadedText & { readonly sha256: string };

/** @throws PolygraphError NOT_FOUND, the same for another tenant's text and one that never was */
async function find(graph: OwnOperations, caller: OwnCaller, id: string): Promise<Complete> {
  const { offloadedContext } = await graph.run(FIND, { id }, caller);
  const found = offloadedContext as OffloadedText | null;
  if (found?.sha256) return { ...found, sha256: found.sha256 };
  throw new PolygraphError('NOT_FOUND', 'There is no such offloaded text, or it is not complete.');
}

async function* piecesOf(graph: OwnOperations, caller: OwnCaller, { id, pieces }: Complete): AsyncGenerator<Buffer> {
  for (let number = 0; number < pieces; number += 1) {
    const { offloadedPiece } = await graph.run(PIECE, { id, number }, caller);
    // Deleted meanwhile: the connection ends before its length.
    if (!offloadedPiece) throw new PolygraphError('NOT_FOUND', 'The text was deleted.');
    yield Buffer.from((offloadedPiece as { readonly text: string }).text, 'utf8');
  }
}

/** The last piece is held back until the whole is known to be what was sent. */
async function* verified(pieces: AsyncIterable<Buffer>, sha256: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let held: Buffer | undefined;
  for await (const piece of pieces) {
    hash.update(piece);
    if (held) yield held;
    held = piece;
  }
  if (hash.digest('hex') !== sha256) {
    throw new PolygraphError('SEAL_BROKEN', 'What is kept there is not the text that was sent; it is not given out.');
  }
  if (held) yield held;
}

const FIND = `query FindOffloaded($id: ID!) {
  offloadedContext(id: $id) { id pieces originalBytes sha256 }
}`;
const PIECE = `query OffloadedPiece($id: ID!, $number: Int!) {
  offloadedPiece(id: $id, number: $number) { text }
}`;
