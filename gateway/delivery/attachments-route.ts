import { Readable } from 'node:stream';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { PolygraphError } from '#platform/errors';
import { passOver } from './http-errors.ts';
import type { OwnCaller, OwnOperations } from './own-operations.ts';
import type { RouteDoor } from './route-door.ts';

export interface AttachmentsRouteOptions {
  readonly admit: RouteDoor;
  readonly graph: OwnOperations;
}

/**
 * POST /attachments?contentId=ID&filename=NAME takes a file as it is and answers what `attachment` says of it; GET
 * /attachments/ID gives it back. Both carry it a part at a time, each in an operation of its own, signed for the caller:
 * no more than one part is in memory, and whoever is slow waits for nobody but themselves.
 */
export function attachmentsRoute({ admit, graph }: AttachmentsRouteOptions): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _body, done) => done(null));

    app.post('/attachments', async (request, reply) => {
      const caller = await admit(request, reply, 'POST /attachments', 'content:write');
      const input = { ...readQuery(request.query), contentType: request.headers['content-type'] ?? '' };
      const attachment = await upload(graph, caller, input, request).catch(async (error: unknown) => {
        if (!request.raw.readableEnded) await passOver(request.raw, MOST_PASSED_OVER);
        throw error;
      });
      return reply.code(201).header('cache-control', PRIVATE).send({ attachment });
    });

    app.get<{ Params: { id: string } }>('/attachments/:id', async (request, reply) => {
      const caller = await admit(request, reply, 'GET /attachments', 'content:read');
      const attachment = await find(graph, caller, request.params.id);
      return (
        reply
          .header('cache-control', PRIVATE)
          .header('content-length', attachment.bytes)
          .header('content-disposition', dispositionOf(attachment.filename))
          .header('x-content-type-options', 'nosniff')
          // Should a browser show it all the same, it is nobody's page and can do nothing.
          .header('content-security-policy', "default-src 'none'; sandbox")
          .header('etag', `"${attachment.sha256}"`)
          .type(attachment.contentType)
          .send(Readable.from(partsOf(graph, caller, attachment), { objectMode: false }))
      );
    });
  };
}

interface Attachment {
  readonly id: string;
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly sha256: string;
}

interface Begun {
  readonly id: string;
  readonly maxBytes: number;
  readonly partBytes: number;
}

/** What was begun and cannot be ended is taken back; what this process cannot take back any more is, after a while. */
async function upload(
  graph: OwnOperations,
  caller: OwnCaller,
  input: { readonly contentId: string; readonly filename: string; readonly contentType: string },
  { raw, headers }: FastifyRequest,
): Promise<Attachment> {
  const { beginAttachment } = await graph.run(BEGIN, { input }, caller);
  const { id, maxBytes, partBytes } = beginAttachment as Begun;
  try {
    if (Number(headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
    // Left open where it is left: closing it would close the connection before the answer.
    const source = raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    let offset = 0;
    for await (const part of inParts(source, partBytes)) {
      await graph.run(APPEND, { id, offset, data: part.toString('base64') }, caller);
      offset += part.length;
    }
    const { completeAttachment } = await graph.run(COMPLETE, { id }, caller);
    return (completeAttachment as { readonly attachment: Attachment }).attachment;
  } catch (error) {
    await graph.run(DELETE, { id }, caller).catch(() => undefined);
    throw error;
  }
}

/** @throws PolygraphError NOT_FOUND, the same for another tenant's file and one that never was */
async function find(graph: OwnOperations, caller: OwnCaller, id: string): Promise<Attachment> {
  const { attachment } = await graph.run(FIND, { id }, caller);
  if (attachment) return attachment as Attachment;
  throw new PolygraphError('NOT_FOUND', 'There is no such attachment.');
}

/** Each is asked for when the one before it was taken. */
async function* partsOf(graph: OwnOperations, caller: OwnCaller, { id, bytes }: Attachment): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < bytes; ) {
    const { attachmentPart } = await graph.run(PART, { id, offset }, caller);
    // Deleted meanwhile: the connection ends before its length, so that nobody takes it for the whole file.
    if (!attachmentPart) throw new PolygraphError('NOT_FOUND', 'The attachment was deleted.');
    const part = Buffer.from(String(attachmentPart), 'base64');
    yield part;
    offset += part.length;
  }
}

async function* inParts(source: AsyncIterable<Buffer>, partBytes: number): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    waiting.push(chunk);
    length += chunk.length;
    while (length >= partBytes) {
      const all = Buffer.concat(waiting);
      yield all.subarray(0, partBytes);
      waiting = [all.subarray(partBytes)];
      length -= partBytes;
    }
  }
  if (length > 0) yield Buffer.concat(waiting);
}

/** RFC 6266: a name of plain letters for those who know no other, and the name as it is. */
function dispositionOf(filename: string): string {
  const plain = filename.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(filename).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

function readQuery(query: unknown): z.output<typeof QUERY> {
  const parsed = QUERY.safeParse(query);
  if (parsed.success) return parsed.data;
  throw new PolygraphError('BAD_USER_INPUT', 'POST /attachments takes `contentId` and `filename` in its query.');
}

const tooLarge = (limit: number): PolygraphError =>
  new PolygraphError('REQUEST_TOO_LARGE', `A file has at most ${limit} bytes.`, { facts: { limit } });

const QUERY = z.strictObject({ contentId: z.string().max(200), filename: z.string().max(1_000) });
const PRIVATE = 'private, no-store';
/** Bytes of a file that is refused. */
const MOST_PASSED_OVER = 16_000_000;

const FACTS = 'id filename contentType bytes sha256';
const BEGIN = 'mutation ($input: BeginAttachmentInput!) { beginAttachment(input: $input) { id maxBytes partBytes } }';
const APPEND =
  'mutation ($id: ID!, $offset: Int!, $data: String!) { appendToAttachment(id: $id, offset: $offset, data: $data) { length } }';
const COMPLETE = `mutation ($id: ID!) { completeAttachment(id: $id) { attachment { ${FACTS} } } }`;
const DELETE = 'mutation ($id: ID!) { deleteAttachment(id: $id) { deleted } }';
const FIND = `query ($id: ID!) { attachment(id: $id) { ${FACTS} } }`;
const PART = 'query ($id: ID!, $offset: Int!) { attachmentPart(id: $id, offset: $offset) }';
