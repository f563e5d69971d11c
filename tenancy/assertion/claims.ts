import { z } from 'zod';
import { AgreedPolicy } from '../policy.ts';
import { ROLES, type Role, SCOPES, type Scope } from '../roles.ts';
import { TIERS } from '../tiers.ts';

/** How long a subgraph may act on an assertion, in seconds. Long enough for a queue, too short to be worth stealing. */
export const ASSERTION_LIFETIME = 15;

/** Difference of clocks between gateway and subgraph that is forgiven, in seconds. */
export const CLOCK_TOLERANCE = 5;

export const ASSERTION_HEADER = 'polygraph-assertion';

/** The payload of the assertion, a JWT (RFC 7519) with HS256. Short names, as it rides on every fetch. */
export const AssertionClaims = z.strictObject({
  iss: z.literal('polygraph'),
  /** The subgraph it is for. */
  aud: z.string(),
  iat: z.int(),
  exp: z.int(),
  /** Used once. */
  jti: z.string().min(16),
  /** Tenant id. */
  ten: z.uuid(),
  tier: z.enum(TIERS),
  /** Principal: id and kind. */
  sub: z.string().min(1),
  knd: z.enum(['user', 'apiKey', 'service']),
  rol: z.array(z.enum(ROLES as [Role, ...Role[]])),
  scp: z.array(z.enum(SCOPES)),
  /** What was agreed with the tenant. */
  agr: AgreedPolicy.optional(),
  /** SHA-256 of the request body, base64url. */
  bh: z.string().length(43),
});
export type AssertionClaims = z.infer<typeof AssertionClaims> & { scp: Scope[] };
