/** What a client sees of an answer, headers included. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors: readonly AnswerError[];
  readonly extensions: {
    readonly polygraph?: { storeQueries: Record<string, number>; fetches: number; requestId: string };
  };
  /** The answer as it came, for searches of forbidden bytes. */
  readonly text: string;
}

export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly [fact: string]: unknown };
}

export interface Client {
  /** Its credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** @param headers besides the credentials */
  query(text: string, variables?: Record<string, unknown>, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** @param credentials headers such as `{ authorization: 'Bearer ...' }`; none makes a stranger */
export function createClient(url: string, credentials: Readonly<Record<string, string>> = {}): Client {
  return {
    headers: credentials,
    async query(text, variables = {}, headers = {}) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-polygraph-trace': '1', ...credentials, ...headers },
        body: JSON.stringify({ query: text, variables }),
      });
      return readAnswer(response);
    },
  };
}

export async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = parseJson(text);
  return {
    status: response.status,
    headers: response.headers,
    data: body.data,
    errors: body.errors ?? [],
    extensions: body.extensions ?? {},
    text,
  };
}

type Body = Partial<Pick<Answer, 'data' | 'errors' | 'extensions'>>;

function parseJson(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    throw new Error(`The answer is not JSON: ${text.slice(0, 200)}`);
  }
}
