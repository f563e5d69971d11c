import { inFile, type Mutant } from '../mutant.ts';

const TESTS = ['test/isolation/identity.test.ts'];
const CACHED = ['test/unit/gateway/cached-directory.test.ts'];
const token = inFile('gateway/identity/token.ts', TESTS);
const apiKey = inFile('gateway/identity/api-key.ts', TESTS);
const identity = inFile('gateway/identity/index.ts', TESTS);
const cached = inFile('gateway/identity/cached-directory.ts', CACHED);
const knownTokens = inFile('gateway/identity/known-tokens.ts', ['test/unit/gateway/known-tokens.test.ts']);

/** How a stranger becomes somebody. The list of algorithms is not here: jose itself refuses a key of another kind. */
export const IDENTITY: readonly Mutant[] = [
  token({
    id: 'token-issuer',
    wall: 'the issuer of a token',
    text: '      issuer,\n      audience,\n      requiredClaims',
    instead: '      audience,\n      requiredClaims',
  }),
  token({
    id: 'token-audience',
    wall: 'the audience of a token',
    text: '      issuer,\n      audience,\n      requiredClaims',
    instead: '      issuer,\n      requiredClaims',
  }),
  token({
    id: 'token-has-end',
    wall: 'the claim that says when a token ends',
    text: "requiredClaims: ['sub', 'exp', tenantClaim],",
    instead: "requiredClaims: ['sub', tenantClaim],",
  }),
  token({
    id: 'token-end',
    wall: 'the end of a token',
    text: 'clockTolerance: 5,',
    instead: 'clockTolerance: 5_000_000,',
  }),
  token({
    id: 'token-type',
    wall: 'the refusal of tokens for another purpose',
    text: "if (type !== 'jwt' && type !== 'at+jwt') throw",
    instead: 'if (!type) throw',
  }),
  identity({
    id: 'identity-membership',
    wall: 'the question whether somebody is a member of the tenant',
    text: 'if (!tenant || !membership) throw unknownTenant();\n  const roles = [membership.role];',
    instead: "if (!tenant) throw unknownTenant();\n  const roles = [membership?.role ?? 'VIEWER'];",
  }),
  identity({
    id: 'identity-suspended',
    wall: 'the refusal of a tenant that is suspended',
    text: "if (status === 'SUSPENDED') throw",
    instead: 'if (!status) throw',
  }),
  identity({
    id: 'identity-closed',
    wall: 'the refusal of a tenant that is closed',
    text: "if (status === 'CLOSED') throw",
    instead: 'if (!status) throw',
    tests: ['test/unit/gateway/closed-tenant.test.ts'],
  }),
  identity({
    id: 'identity-one-kind',
    wall: 'the refusal of two kinds of credentials at once',
    text: 'if (authorization !== undefined && apiKey !== undefined) {',
    instead: 'if (!known) {',
    tests: ['test/unit/gateway/credentials.test.ts'],
  }),
  apiKey({
    id: 'key-hash',
    wall: 'the comparison of an API key with its hash',
    text: 'if (!record || !same) throw',
    instead: 'if (!record) throw',
  }),
  apiKey({
    id: 'key-revoked',
    wall: 'the revocation of an API key',
    text: 'if (record.revokedAt) throw',
    instead: 'if (!record) throw',
  }),
  apiKey({
    id: 'key-end',
    wall: 'the end of an API key',
    text: 'if (record.expiresAt && record.expiresAt.getTime() <= now) {',
    instead: 'if (!now) {',
  }),
  apiKey({
    id: 'key-platform',
    wall: 'the refusal of the platform’s scope to API keys',
    text: 'scopes.filter(isTenantScope)',
    instead: 'scopes',
  }),
  cached({
    id: 'cache-membership',
    wall: 'the tenant in the memory of memberships',
    text: '`membership/${tenantId}/${userId}`',
    instead: '`membership/${userId}`',
  }),
  cached({
    id: 'cache-fresh',
    wall: 'the seconds for which the directory is believed',
    text: 'if (entry && age < fresh) return',
    instead: 'if (entry) return',
    tests: TESTS,
  }),
  cached({
    id: 'cache-stale',
    wall: 'the minutes for which the directory is believed while it is away',
    text: '&& away && age < staleSeconds) return',
    instead: '&& away) return',
    tests: TESTS,
  }),
  knownTokens({
    id: 'known-token-whole',
    wall: 'the memory of tokens by all of their characters',
    text: "createHash('sha256').update(text)",
    instead: "createHash('sha256').update(text.slice(0, 150))",
  }),
  knownTokens({
    id: 'known-token-end',
    wall: 'the forgetting of a token at its own end',
    text: 'Math.min(now() + freshSeconds * 1_000, token.expiresAt)',
    instead: 'now() + freshSeconds * 1_000',
  }),
  knownTokens({
    id: 'known-token-fresh',
    wall: 'the seconds for which a signature is believed',
    text: 'if (entry && now() < entry.until) return',
    instead: 'if (entry) return',
  }),
];
