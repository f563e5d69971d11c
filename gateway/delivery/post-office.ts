import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnswerRequest } from './answer.ts';
import { createReplies, type Reply, type SendReply } from './replies.ts';

export interface PostOfficeOptions {
  answer: AnswerRequest;
  /** Reads a body as fastify would. @throws Error that `refusal` understands */
  parse: (text: string) => unknown;
  /** The answer to what went wrong. */
  refusal: (error: unknown, requestId: string) => { readonly status: number; readonly body: string };
  newRequestId: (headers: IncomingMessage['headers']) => string;
  /** Sent with every answer, such as those that bind browsers. */
  headers: Readonly<Record<string, string>>;
  /** Bytes. */
  bodyLimit: number;
  /** True once the process was told to stop: then connections end with their answer. */
  isDraining: () => boolean;
}

/** @returns whether it takes the request; otherwise nothing of it was read */
export type PostOffice = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Takes plain POSTs to /graphql straight from node:http. Routing, hooks and
 * header handling of a framework cost more than a small operation that is
 * compiled: without them an answer takes a third less CPU. Whatever is not
 * plain (another type, an encoding, no length, too long, sent by a page) is left to fastify.
 */
export function createPostOffice(options: PostOfficeOptions): PostOffice {
  const sendReply = createReplies({ ...options.headers, 'cache-control': 'private, no-store' });
  return (request, response) => {
    if (!isPlain(request, options.bodyLimit)) return false;
    const delivery = new Delivery(request, response, options, sendReply);
    request.on('data', (chunk: Buffer) => delivery.take(chunk));
    request.on('end', () => void delivery.answer());
    return true;
  };
}

/** node:http reads no more of a body than `content-length` says, and refuses one beside `transfer-encoding`. */
function isPlain({ method, url, headers }: IncomingMessage, bodyLimit: number): boolean {
  if (method !== 'POST' || url !== '/graphql') return false;
  const length = headers['content-length'];
  if (length === undefined || headers['content-encoding'] !== undefined || headers.expect !== undefined) return false;
  // What a page of another origin may read of the answer, fastify says.
  if (headers.origin !== undefined) return false;
  const type = headers['content-type'];
  return (type === 'application/json' || type === 'application/json; charset=utf-8') && Number(length) <= bodyLimit;
}

class Delivery {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: PostOfficeOptions;
  readonly #sendReply: SendReply;
  readonly #headers: string[] = [];
  readonly #chunks: Buffer[] = [];

  constructor(request: IncomingMessage, response: ServerResponse, options: PostOfficeOptions, sendReply: SendReply) {
    this.#request = request;
    this.#response = response;
    this.#options = options;
    this.#sendReply = sendReply;
  }

  take(chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  async answer(): Promise<void> {
    const { answer, parse, refusal, newRequestId } = this.#options;
    const { headers } = this.#request;
    const id = newRequestId(headers);
    this.#headers.push('x-request-id', id);
    try {
      const request = { id, headers, body: parse(this.#text()), raw: this.#request };
      this.#send(await answer(request, (name, value) => this.#headers.push(name, value)));
    } catch (error) {
      this.#send({ ...refusal(error, id), contentType: 'application/json; charset=utf-8' });
    }
  }

  #text(): string {
    const only = this.#chunks[0];
    if (!only) return '';
    return (this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks)).toString('utf8');
  }

  #send(reply: Reply): void {
    if (this.#options.isDraining()) this.#response.shouldKeepAlive = false;
    this.#sendReply(this.#response, this.#headers, reply);
  }
}
