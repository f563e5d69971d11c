import { inFile, type Mutant, together } from '../mutant.ts';

const LIMITS = ['test/unit/gateway/limits.test.ts'];
const PRODUCTION = ['test/unit/gateway/production.test.ts'];
const PLAYGROUND = ['test/unit/playground/plugin.test.ts'];
const PRIVATE = ['test/unit/gateway/private-answers.test.ts'];
const ANSWERS = ['test/unit/gateway/answers.test.ts'];
const limits = inFile('gateway/admission/limits.ts', LIMITS);
const server = inFile('gateway/delivery/server.ts', PRODUCTION);
const route = inFile('gateway/delivery/graphql-route.ts', PRIVATE);
const postOffice = inFile('gateway/delivery/post-office.ts', PRIVATE);
const session = inFile('gateway/delivery/playground/session.ts', PLAYGROUND);

const introspectionRefused = limits({
  id: 'introspection-refused',
  wall: 'the refusal of introspection in production',
  text: 'if (production && hidden) throw',
  instead: 'if (!hidden && !visit) throw',
});
const introspectionOff = server({
  id: 'introspection-off',
  wall: 'the switch of Apollo Server for introspection in production',
  text: 'introspection: !production,',
  instead: 'introspection: true,',
  coveredBy: ['introspection-refused'],
});
const maskedHere = inFile(
  'gateway/delivery/errors.ts',
  ANSWERS,
)({
  id: 'errors-gateway',
  wall: 'the masking of errors in the gateway',
  text: "const { message, extensions } = new PolygraphError('INTERNAL', 'Something went wrong on our side.');",
  instead: "const { message, extensions } = new PolygraphError('INTERNAL', String((error as Error)?.message));",
  coveredBy: ['errors-subgraph'],
});
const maskedThere = inFile(
  'subgraphs/runtime/errors.ts',
  ANSWERS,
)({
  id: 'errors-subgraph',
  wall: 'the masking of errors in a subgraph',
  text: "const masked = new PolygraphError('INTERNAL', 'Something went wrong on our side.');",
  instead: "const masked = new PolygraphError('INTERNAL', error.message);",
  coveredBy: ['errors-gateway'],
});

const LIMIT_ROWS = [
  ['depth', "['depth', 'levels of fields', settings.MAX_DEPTH],"],
  ['root-fields', "['rootFields', 'fields at its root', settings.MAX_ROOT_FIELDS],"],
  ['aliases', "['aliases', 'aliases', settings.MAX_ALIASES],"],
  ['directives', "['directives', 'directives', settings.MAX_DIRECTIVES],"],
  ['fields', "['fields', 'fields', settings.MAX_FIELDS],"],
] as const;

/** What a request passes before it is planned, and what an answer passes before it leaves. */
export const GATEWAY: readonly Mutant[] = [
  ...LIMIT_ROWS.map(([name, text]) =>
    limits({ id: `limit-${name}`, wall: `the limit of ${name.replace('-', ' ')}`, text, instead: '' }),
  ),
  limits({
    id: 'limit-tokens',
    wall: 'the limit of tokens',
    text: 'return parse(query, { maxTokens, noLocation: true });',
    instead: 'return parse(query, { noLocation: true });',
    tests: ['test/unit/gateway/limit-tokens.test.ts'],
  }),
  inFile(
    'gateway/admission/measure.ts',
    LIMITS,
  )({
    id: 'limit-fragments',
    wall: 'the measuring of fragments as often as they are spread',
    text: 'const measure = fragment ? withDirectives(ofSet(fragment.selectionSet), fragment.directives?.length) : NOTHING;',
    instead: 'const measure = fragment ? NOTHING : NOTHING;',
  }),
  introspectionRefused,
  introspectionOff,
  together([introspectionRefused, introspectionOff], PRODUCTION),
  maskedHere,
  maskedThere,
  together([maskedHere, maskedThere], ANSWERS),
  route({
    id: 'answers-private',
    wall: 'the header that keeps answers out of caches of others',
    text: "reply.header('cache-control', 'private, no-store');",
    instead: '',
  }),
  postOffice({
    id: 'answers-private-plain',
    wall: 'the same header where a plain POST is answered without a framework',
    text: ", 'cache-control': 'private, no-store' });",
    instead: ' });',
  }),
  inFile(
    'gateway/delivery/operational-routes.ts',
    PRODUCTION,
  )({
    id: 'metrics-closed',
    wall: 'the closing of /metrics in production',
    text: "if (METRICS_TOKEN === undefined) return NODE_ENV !== 'production';",
    instead: 'if (METRICS_TOKEN === undefined) return NODE_ENV !== undefined;',
  }),
  inFile(
    'gateway/delivery/index.ts',
    PRODUCTION,
  )({
    id: 'issuer-local',
    wall: 'the refusal to trust the local issuer in production',
    text: "if (settings.NODE_ENV === 'production') throw",
    instead: 'if (!settings) throw',
  }),
  inFile('gateway/delivery/http-server.ts', ['test/unit/gateway/slow-clients.test.ts'])({
    id: 'slow-clients',
    wall: 'the end of headers that drip in',
    text: 'headersTimeout, requestTimeout: 0,',
    instead: 'headersTimeout: 0, requestTimeout: 0,',
  }),
  inFile('gateway/delivery/slow-bodies.ts', ['test/unit/gateway/slow-clients.test.ts'])({
    id: 'slow-bodies',
    wall: 'the end of bodies that drip in',
    text: 'return now - began > requestMs;',
    instead: 'return false;',
  }),
  inFile('gateway/delivery/slow-bodies.ts', ['test/unit/gateway/slow-uploads.test.ts'])({
    id: 'slow-uploads',
    wall: 'the end of an upload that was refused and drips on',
    text: '!isUpload(req) || writableEnded',
    instead: '!isUpload(req)',
  }),
  inFile('gateway/delivery/known-bodies.ts', ['test/unit/gateway/known-bodies.test.ts'])({
    id: 'known-bodies-frozen',
    wall: 'the freezing of a body that several requests share',
    text: 'known.set(text, frozen(parsed));',
    instead: 'known.set(text, parsed);',
  }),
  inFile('gateway/execution/compiled/walk.ts', ['test/unit/gateway/execution/merging.test.ts'])({
    id: 'walk-patience',
    wall: 'the end of waiting for a subgraph that hangs',
    text: 'else gathering.timer ??= setTimeout(',
    instead: 'else if (gathering.missing < 0) gathering.timer ??= setTimeout(',
  }),
  inFile('gateway/delivery/open.ts', ['test/unit/gateway/open.test.ts'])({
    id: 'open-loopback',
    wall: 'the refusal to listen for other machines without tenancy',
    text: 'if (!LOOPBACK.has(options.settings.HOST)) {',
    instead: 'if (!LOOPBACK) {',
  }),
  inFile('gateway/admission/own-writes.ts', ['test/behaviour/own-writes.test.ts'])({
    id: 'own-writes-unknown',
    wall: 'the refusal of a change that is not the caller’s tenant’s',
    text: 'if (unknown.length > 0) throw',
    instead: 'if (!unknown) throw',
  }),
  session({
    id: 'playground-address',
    wall: 'demo tokens for this machine alone',
    text: "if (!LOOPBACK_ADDRESS.test(request.socket.remoteAddress ?? '')) return false;",
    instead: '',
  }),
  session({
    id: 'playground-proxy',
    wall: 'no demo tokens through a proxy',
    text: 'if (FORWARDED.some((name) => headers[name] !== undefined)) return false;',
    instead: '',
  }),
  session({
    id: 'playground-host',
    wall: 'no demo tokens under a name that was rebound',
    text: 'if (!LOOPBACK_HOST.test(host)) return false;',
    instead: '',
  }),
  session({
    id: 'playground-site',
    wall: 'no demo tokens for the page of another site',
    text: "if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;",
    instead: '',
  }),
  session({
    id: 'playground-origin',
    wall: 'no demo tokens for another origin',
    text: 'return headers.origin === undefined || headers.origin === `http://${host}`;',
    instead: 'return true;',
  }),
  session({
    id: 'playground-fields',
    wall: 'the list of what a browser gets of the demo',
    text: '  return { tenants };\n',
    instead: '  return { ...demo, tenants };\n',
  }),
];
