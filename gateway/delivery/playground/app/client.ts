import type { Identity } from './identity.ts';

export interface Request {
  readonly query: string;
  readonly variables?: unknown;
  readonly operationName?: string | undefined;
}

/** One answer of the gateway and what it cost. */
export interface Answer {
  readonly identity: Identity;
  /** HTTP status; 0 where the gateway did not answer. */
  readonly status: number;
  readonly milliseconds: number;
  readonly body: AnswerBody;
  readonly requestId: string | undefined;
  /** Statements sent to each store, where the gateway counted them. */
  readonly storeQueries: Readonly<Record<string, number>> | undefined;
}

export interface AnswerBody {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
  readonly extensions?: { readonly polygraph?: { readonly storeQueries?: Readonly<Record<string, number>> } };
}

/** Never rejects: a gateway that is down is an answer with status 0. */
export async function send(endpoint: string, request: Request, identity: Identity): Promise<Answer> {
  const started = performance.now();
  const { status, body, requestId } = await post(endpoint, request, identity);
  const milliseconds = performance.now() - started;
  const storeQueries = body.extensions?.polygraph?.storeQueries;
  return { identity, status, milliseconds, body, requestId, storeQueries };
}

async function post(endpoint: string, request: Request, identity: Identity) {
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      credentials: 'omit',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        'x-polygraph-trace': '1',
        ...identity.headers,
      },
      body: JSON.stringify(request),
    });
    const requestId = response.headers.get('x-request-id') ?? undefined;
    return { status: response.status, requestId, body: parseBody(await response.text(), response.status) };
  } catch {
    const message = 'The gateway does not answer. Is it still running?';
    return { status: 0, requestId: undefined, body: { errors: [{ message }] } satisfies AnswerBody };
  }
}

function parseBody(text: string, status: number): AnswerBody {
  try {
    return JSON.parse(text) as AnswerBody;
  } catch {
    return { errors: [{ message: `The gateway answered ${status} with a body that is not JSON.` }] };
  }
}
