import { inFile, type Mutant, together } from '../mutant.ts';

const BROWSER = ['test/browser/passkeys.test.ts'];
const passkeys = inFile('gateway/identity/accounts/passkeys.ts', BROWSER);
const SUSPENDED = ['test/isolation/suspended-tenant.test.ts'];

const countHere = passkeys({
  id: 'passkey-count',
  wall: 'the comparison of the uses that a device counts',
  text: 'const isCopy = shown.now <= shown.before && (shown.now > 0 || shown.before > 0);',
  instead: 'const isCopy = false;',
  coveredBy: ['passkey-count-kept'],
});
const countKept = inFile(
  'stores/postgres/passkeys.ts',
  BROWSER,
)({
  id: 'passkey-count-kept',
  wall: 'the refusal to note fewer uses of a device than were noted',
  text: 'AND (sign_count < $3::bigint OR (sign_count = 0 AND $3::bigint = 0))',
  instead: '',
  coveredBy: ['passkey-count'],
});

/** How people sign in by themselves, how often they may try, and what a suspended tenant is still served. */
export const SIGNING_IN: readonly Mutant[] = [
  passkeys({
    id: 'passkey-person',
    wall: 'the proof that a device knew its person',
    text: 'expectedRPID: domain, requireUserVerification: true',
    instead: 'expectedRPID: domain, requireUserVerification: false',
  }),
  passkeys({
    id: 'passkey-member',
    wall: 'the question whether the holder of a passkey is a member of the tenant',
    text: 'if (!shown || !member) throw wrong();',
    instead: 'if (!shown) throw wrong();',
  }),
  passkeys({
    id: 'passkey-password',
    wall: 'the password that adding a passkey asks for',
    text: 'await checkPassword(owner, password);\n      const [person',
    instead: 'const [person',
  }),
  inFile(
    'gateway/identity/accounts/challenges.ts',
    BROWSER,
  )({
    id: 'passkey-once',
    wall: 'the one answer that a challenge is good for',
    text: '(await keysOf(tenantId)).take(keyOf(purpose))',
    instead: '(await keysOf(tenantId)).get(keyOf(purpose))',
  }),
  countHere,
  countKept,
  together([countHere, countKept], BROWSER),
  inFile('gateway/identity/accounts/throttle.ts', ['test/behaviour/signing-in.test.ts'])({
    id: 'sign-in-throttle',
    wall: 'the limit of failed attempts to sign in',
    text: 'if (waits.length > 0) {',
    instead: 'if (waits.length < 0) {',
  }),
  inFile(
    'gateway/identity/accounts/routes.ts',
    SUSPENDED,
  )({
    id: 'auth-suspended',
    wall: 'the refusal of sessions of a suspended tenant under /auth',
    text: 'Promise.all([sessions.verify(token, headers), identify(headers)])',
    instead: 'Promise.all([sessions.verify(token, headers)])',
  }),
  inFile(
    'gateway/delivery/changes-route.ts',
    SUSPENDED,
  )({
    id: 'changes-suspended',
    wall: 'the end of what followers of a suspended tenant are told',
    text: 'if (gone.aborted || (await isRefused(mayRead))) return;',
    instead: 'if (gone.aborted) return;',
  }),
  inFile('stores/postgres/gates.ts', ['test/behaviour/tenant-policy.test.ts'])({
    id: 'tenant-gate',
    wall: 'the connections that one tenant may use at once',
    text: 'if (this.#inside >= this.limits.connections) await this.#turn();',
    instead: 'if (this.#inside < 0) await this.#turn();',
  }),
];
