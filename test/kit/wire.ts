import { Agent, type IncomingHttpHeaders, request } from 'node:http';

/** All that came back, as it stood on the wire. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Status line, headers and trailers as text. */
  readonly envelope: string;
  readonly text: string;
  /** Undefined where the answer is not JSON. */
  readonly body: ReplyBody | undefined;
}

export interface ReplyBody {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string; readonly [fact: string]: unknown };
  }[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A connection of its own where absent. */
  readonly agent?: Agent;
}

/** An HTTP request whose whole answer is kept, trailers included, which `fetch` does not show. */
export function send(
  url: string | URL,
  { method = 'POST', headers = {}, body = '', agent }: Sent = {},
): Promise<Reply> {
  const own = agent ?? new Agent();
  return new Promise<Reply>((resolve, reject) => {
    const outgoing = request(url, { method, agent: own, headers: { 'content-type': 'application/json', ...headers } });
    outgoing.once('error', reject).once('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', reject).once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const { statusCode: status = 0, statusMessage = '', headers: received, rawHeaders, rawTrailers } = incoming;
        const envelope = [`${status} ${statusMessage}`, ...rawHeaders, ...rawTrailers].join('\n');
        resolve({ status, headers: received, envelope, text, body: parseBody(text) });
      });
    });
    outgoing.end(body);
  }).finally(() => {
    if (!agent) own.destroy();
  });
}

function parseBody(text: string): ReplyBody | undefined {
  try {
    return JSON.parse(text) as ReplyBody;
  } catch {
    return undefined;
  }
}
