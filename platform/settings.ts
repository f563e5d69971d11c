import { z } from 'zod';

/**
 * Every setting, read from the environment once at the start and nowhere else.
 * docs/settings.md is generated from this table. Local mode (`npm start` without
 * URLs) fills in what is missing with generated secrets; anywhere else a missing
 * secret stops the start.
 */
const port = z.coerce.number().int().min(1).max(65_535);
const seconds = z.coerce.number().positive();
const millis = z.coerce.number().int().positive();
const secret = z.string().min(32, 'has at least 32 characters');

export const SETTINGS = z.object({
  NODE_ENV: z
    .enum(['production', 'development', 'test'])
    .default('development')
    .describe('`production` refuses local stores, demo tokens and default secrets.'),
  PORT: port.default(4000).describe('Port of the gateway.'),
  HOST: z.string().default('127.0.0.1').describe('Address the gateway listens on.'),
  LOG_LEVEL: z
    .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug'])
    .default('warn')
    .describe('How much is logged, as JSON on standard error.'),

  DATABASE_URL: z
    .url()
    .describe(
      'PostgreSQL 16 or newer with pgvector: a role that may create roles and tables. Migrations, moves between tiers and the care of the tables work as it; requests never do.',
    ),
  DATABASE_STANDBYS: z
    .string()
    .optional()
    .transform(listOf)
    .pipe(z.array(z.string().regex(/^[^\s/@?]+:\d+$/, 'is a list of host:port')))
    .describe(
      'Comma-separated host:port of servers with the same database as DATABASE_URL, where one of them may be the primary by now. Those that `polygraph connections` lists are known besides, as long as a server that knows the list answers.',
    ),
  MONGODB_URL: z.url().describe('MongoDB 7 or newer, a replica set.'),
  MONGODB_ADMIN_URL: z
    .url()
    .optional()
    .describe(
      'The same server as a user who makes the databases, roles and users of ENTERPRISE tenants and carries documents there; MONGODB_URL where absent. Requests never use it.',
    ),
  REDIS_URL: z
    .url()
    .describe('Redis 7 or Valkey 8, or newer: an account that may keep users (ACL SETUSER, DELUSER and USERS).'),
  REDIS_TENANT_USERS: z
    .enum(['on', 'dangerously-off'])
    .default('on')
    .describe(
      'Whether each ENTERPRISE tenant is reached as a user of its own, whom Redis refuses the keys of others. `dangerously-off` is for servers that let nobody make users: the keys that are sent are then all that parts these tenants from the others.',
    ),
  NEO4J_URL: z.url().describe('Neo4j 5.26 or newer, as bolt:// or neo4j://.'),
  NEO4J_USER: z.string().default('neo4j').describe('User of Neo4j.'),
  NEO4J_PASSWORD: z.string().min(8).describe('Password of Neo4j.'),

  POLYGRAPH_SECRETS: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.tuple([secret], secret))
    .describe('Comma-separated master secrets. The first signs assertions and derives role passwords; all verify.'),
  POLYGRAPH_ASSERTION_KEYS: z
    .string()
    .optional()
    .describe(
      'For a subgraph that runs alone, instead of POLYGRAPH_SECRETS: what `polygraph env --subgraph NAME` prints. DATABASE_URL is then that of `polygraph_app`.',
    ),
  POLYGRAPH_SEALING_KEYS: z
    .string()
    .optional()
    .describe(
      'For a relational subgraph that runs alone: wraps the keys with which memory is encrypted, as `polygraph env --subgraph relational` prints it.',
    ),
  POLYGRAPH_DOCUMENT_KEYS: z
    .string()
    .optional()
    .describe(
      'For a relational or content subgraph that runs alone: what the passwords of ENTERPRISE tenants’ users of MongoDB are derived from, as `polygraph env --subgraph NAME` prints it.',
    ),
  POLYGRAPH_DIR: z
    .string()
    .default('.polygraph')
    .describe('Folder of the local stores, their passwords and demo.json. Another one is a second installation.'),

  JWT_ISSUER: z.string().default('https://polygraph.local').describe('Required `iss` of tokens.'),
  JWT_AUDIENCE: z.string().default('polygraph').describe('Required `aud` of tokens.'),
  JWT_JWKS_URL: z
    .url()
    .optional()
    .describe('Where the identity provider publishes its keys. Absent in local mode: a local issuer is used.'),
  JWT_TENANT_CLAIM: z.string().default('tenant').describe('The claim that holds the tenant id.'),

  REQUEST_BODY_LIMIT: z.coerce.number().int().positive().default(2_000_000).describe('Largest request body, in bytes.'),
  CONTENT_BODY_LIMIT: z.coerce
    .number()
    .int()
    .positive()
    .default(1_000_000)
    .describe('Largest document body, in bytes of UTF-8.'),
  MAX_DEPTH: z.coerce
    .number()
    .int()
    .positive()
    .default(15)
    .describe('Deepest selection of an operation, fragments followed.'),
  MAX_ALIASES: z.coerce.number().int().positive().default(30).describe('Most aliases in an operation.'),
  MAX_TOKENS: z.coerce.number().int().positive().default(5_000).describe('Most tokens in a document.'),
  MAX_DIRECTIVES: z.coerce.number().int().positive().default(50).describe('Most directives in an operation.'),
  MAX_ROOT_FIELDS: z.coerce.number().int().positive().default(20).describe('Most fields at the root of an operation.'),
  MAX_FIELDS: z.coerce
    .number()
    .int()
    .positive()
    .default(500)
    .describe('Most fields of an operation, fragments written out.'),
  RATE_LIMIT_PER_MINUTE: z.coerce
    .number()
    .int()
    .positive()
    .default(6_000)
    .describe('Requests a principal may make in a minute.'),
  RATE_LIMIT_TENANT_PER_MINUTE: z.coerce
    .number()
    .int()
    .positive()
    .default(30_000)
    .describe('Requests all principals of a tenant together may make in a minute.'),
  RATE_LIMIT_OPERATION_PER_MINUTE: z.coerce
    .number()
    .int()
    .positive()
    .default(12_000)
    .describe('How often a tenant may send one and the same operation in a minute.'),
  FAILED_SIGN_INS_PER_MINUTE: z.coerce
    .number()
    .int()
    .positive()
    .default(300)
    .describe(
      'Wrong credentials from one address in a minute, after which it is refused unread. Counted in Redis for all gateways; a quarter of it by each for itself while Redis is away.',
    ),
  TRUSTED_PROXIES: z
    .string()
    .optional()
    .describe(
      'Comma-separated addresses or networks of balancers whose `x-forwarded-for` says who calls. Absent: whoever connects is the caller.',
    ),
  MAX_OBJECTS: z.coerce
    .number()
    .int()
    .positive()
    .default(20_000)
    .describe('Most objects an operation may ask for, sizes of its lists multiplied.'),
  COST_PER_MINUTE: z.coerce
    .number()
    .int()
    .positive()
    .default(2_000_000)
    .describe(
      'Points a STANDARD tenant may spend in a minute; FREE a quarter, PREMIUM four and ENTERPRISE sixteen times as many. A dry run says what an operation costs.',
    ),
  EVENTS_PER_MINUTE: z.coerce
    .number()
    .int()
    .positive()
    .default(600_000)
    .describe('Events a STANDARD tenant may send to /events in a minute; the other tiers as of COST_PER_MINUTE.'),
  TRUSTED_DOCUMENTS: z
    .enum(['off', 'log', 'enforce'])
    .default('off')
    .describe('Whether operations that the manifest does not hold are served, served and logged, or refused.'),
  TRUSTED_DOCUMENTS_FILE: z
    .string()
    .optional()
    .describe('The manifest, in the format of Apollo; schema/trusted-documents.json where absent.'),
  PERSISTED_QUERY_SECONDS: z.coerce
    .number()
    .int()
    .positive()
    .default(86_400)
    .describe('How long Redis remembers the text of a persisted query for its tenant.'),
  CORS_ORIGINS: z
    .string()
    .optional()
    .transform(listOf)
    .describe('Comma-separated origins whose pages may call the API, each exactly. Absent: none.'),

  CACHE: z
    .enum(['on', 'off'])
    .default('on')
    .describe(
      'Whether answers are kept where the contract allows it (@cacheControl). The same for all gateways: those that keep rely on the others to tell what they change.',
    ),
  CACHE_TIERS: z
    .string()
    .default('FREE,STANDARD,PREMIUM')
    .transform((text) => text.split(',').map((tier) => tier.trim()))
    .pipe(z.array(z.enum(['FREE', 'STANDARD', 'PREMIUM', 'ENTERPRISE'])))
    .describe('Tiers whose answers are kept. ENTERPRISE is not among them: its rows lie apart, and Redis is shared.'),
  CACHE_MEMORY_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(64_000_000)
    .describe('Most that this process keeps of them itself, beside Redis.'),
  CACHE_STALE_SECONDS: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(30)
    .describe('How long after its time an answer that nothing has changed is still given, while it is asked for anew.'),

  SESSION_IDLE_SECONDS: seconds.default(3_600).describe('How long a session lasts that nobody uses.'),
  SESSION_HOURS: z.coerce.number().positive().default(12).describe('How long a session lasts at most.'),
  SESSIONS_AT_ONCE: z.coerce
    .number()
    .int()
    .positive()
    .default(5)
    .describe('Sessions of a person in a tenant; one more ends the one that was not used for longest.'),

  PASSKEY_DOMAIN: z
    .string()
    .regex(/^[a-z0-9.-]+$/, 'is a domain without scheme and port')
    .optional()
    .describe(
      'The domain that passkeys belong to, such as `example.com`: pages of it and its subdomains can use them. Absent: nobody signs in with one. Another domain makes all that there are useless.',
    ),
  PASSKEY_ORIGINS: z
    .string()
    .optional()
    .transform(listOf)
    .describe(
      'Comma-separated origins of the pages on which people sign in with passkeys, each exactly; `https://` and the domain where absent.',
    ),

  AUDIT_DIR: z
    .string()
    .optional()
    .describe(
      'Where the anchors of the audit and its archived months are kept; POLYGRAPH_DIR/audit where absent. Best where the administrators of PostgreSQL cannot write.',
    ),
  AUDIT_ANCHOR_SECONDS: seconds
    .default(60)
    .describe('How often the heads of the audit are anchored. What was written since could be cut off unnoticed.'),

  FEDERATION_MIN_PARTICIPANTS: z.coerce
    .number()
    .int()
    .min(3)
    .default(3)
    .describe('Fewest contributions of which federated learning releases anything, whatever a session asks for.'),

  METRICS_TOKEN: secret
    .optional()
    .describe('Bearer token that /metrics asks for. In production /metrics is closed without one.'),

  STORE_TIMEOUT_MS: millis.default(2_000).describe('Longest a request waits for one store call.'),
  OPERATION_TIMEOUT_MS: millis.default(10_000).describe('Longest a request may take altogether.'),
  HEADERS_TIMEOUT_MS: millis.default(10_000).describe('Longest a client may take to send the headers of a request.'),
  REQUEST_TIMEOUT_MS: millis
    .default(30_000)
    .describe('Longest a client may take to send a whole request, or may pause in an upload.'),
  UPLOAD_TIMEOUT_MS: millis
    .default(600_000)
    .describe('Longest a client may take to send an upload: a file to /attachments, or events to /events.'),
  POSTGRES_POOL_SIZE: z.coerce.number().int().positive().default(10).describe('Connections the requests share.'),
  VECTOR_INDEX: z
    .enum(['HNSW', 'IVFFLAT'])
    .default('HNSW')
    .describe(
      'Index over the vectors of offloaded texts. `polygraph optimize run vectors` builds it and drops the other; until then the former one serves.',
    ),
  READ_BALANCER: z
    .enum(['ROUND_ROBIN', 'WEIGHTED_ROUND_ROBIN', 'LEAST_CONNECTIONS', 'RESPONSE_TIME'])
    .default('LEAST_CONNECTIONS')
    .describe('How reads are spread over the standbys that `polygraph connections` lists.'),
  IDENTITY_CACHE_SECONDS: seconds
    .default(5)
    .describe(
      'How long a membership, tenant state, API key or signature is believed; revocation takes effect within it.',
    ),
  DRAIN_SECONDS: seconds.default(8).describe('How long requests in flight may finish after SIGTERM.'),
});

function listOf(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

export type Settings = z.output<typeof SETTINGS>;

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** @throws SettingsError that lists every wrong setting and what it should be. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = SETTINGS.safeParse(given);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    const meaning = SETTINGS.shape[name as keyof typeof SETTINGS.shape]?.description ?? '';
    return `  ${name}: ${given[name] === undefined ? 'is missing' : issue.message}. ${meaning}`;
  });
  throw new SettingsError(`These settings cannot be used:\n${[...new Set(lines)].join('\n')}`);
}
