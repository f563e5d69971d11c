import { inFile } from '../mutant.ts';

const TESTS = ['test/isolation/assertion.test.ts'];
const verify = inFile('tenancy/assertion/verify.ts', TESTS);
const replay = inFile('tenancy/assertion/replay.ts', TESTS);

/** The door of each subgraph. */
export const ASSERTION = [
  verify({
    id: 'assertion-signature',
    wall: 'the signature of an assertion',
    text: "if (!sameBytes(createHmac('sha256', key).update(`${header}.${payload}`).digest(), signature)) throw forged();",
    instead: 'if (!sameBytes) throw forged();',
  }),
  verify({
    id: 'assertion-audience',
    wall: 'the check that an assertion is for this subgraph',
    text: 'if (claims.aud !== audience) throw',
    instead: "if (claims.aud === '') throw",
  }),
  verify({
    id: 'assertion-body',
    wall: 'the check that the body is the one that was signed',
    text: 'if (claims.bh !== hashBody(body)) throw',
    instead: "if (hashBody(body) === '') throw",
  }),
  verify({
    id: 'assertion-expiry',
    wall: 'the end of an assertion',
    text: 'if (claims.exp + CLOCK_TOLERANCE < seconds) throw',
    instead: 'if (claims.exp + CLOCK_TOLERANCE < 0) throw',
  }),
  verify({
    id: 'assertion-future',
    wall: 'the refusal of an assertion from the future',
    text: 'if (claims.iat - CLOCK_TOLERANCE > seconds) {',
    instead: 'if (claims.iat < 0) {',
  }),
  verify({
    id: 'assertion-once',
    wall: 'the asking whether an assertion was used before',
    text: 'if (!replay.spend(claims.jti, claims.exp)) {',
    instead: 'if (!replay) {',
  }),
  replay({
    id: 'replay-memory',
    wall: 'the memory of the nonces of this generation',
    text: 'if (newer.has(nonce) || older.has(nonce)) return false;',
    instead: 'if (older.has(nonce)) return false;',
  }),
  replay({
    id: 'replay-generations',
    wall: 'the memory of the nonces of the generation before',
    text: 'older = newer;',
    instead: 'older = new Set();',
    tests: ['test/unit/tenancy/replay.test.ts'],
  }),
  replay({
    id: 'replay-longest',
    wall: 'the refusal of an assertion that would outlive the memory of its nonce',
    text: 'if (expires - seconds > GENERATION) return false;',
    instead: '',
    tests: ['test/unit/tenancy/replay.test.ts'],
  }),
  inFile('tenancy/assertion/keys.ts', ['test/unit/operations/subgraph-settings.test.ts'])({
    id: 'assertion-key-of-audience',
    wall: 'a key of its own for each subgraph',
    text: '`assertion/${audience}`, 32)',
    instead: "'assertion', 32)",
  }),
];
