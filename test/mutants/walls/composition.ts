import { inFile, type Mutant } from '../mutant.ts';

const TESTS = ['test/unit/tenancy/composition.test.ts'];
const composition = inFile('tenancy/composition/index.ts', TESTS);
const supergraph = inFile('tenancy/composition/supergraph.ts', TESTS);
const compose = inFile('schema/compose.ts', TESTS);
const needed = inFile('tenancy/needs-scopes.ts', TESTS);

const RULES = [
  ['unenforcedDirectives', 'the refusal of security directives that nobody enforces'],
  ['renamedDirectives', 'the refusal of our directives under another name'],
  ['unmarkedTypes', 'the rule that every type is @tenantScoped or @global'],
  ['contradictingMarks', 'the rule that a type is marked alike in all subgraphs'],
  ['undeclaredWalls', 'the rule that a subgraph says how it keeps tenants apart'],
  ['globalPaths', 'the rule that no @global type leads to a tenant’s data'],
  ['tenantArguments', 'the rule that no argument names a tenant'],
  ['requiresWithoutScopes', 'the rule that a field asks for the scopes of what it requires'],
] as const;

/** What does not compose, and the scopes that a caller needs. */
export const COMPOSITION: readonly Mutant[] = [
  ...RULES.map(([rule, wall]) =>
    composition({ id: `rule-${kebab(rule)}`, wall, text: `\n  ${rule},\n`, instead: '\n' }),
  ),
  composition({
    id: 'rule-unknown-scopes',
    wall: 'the rule that a scope is one of those that roles grant',
    text: ', ...unknownScopes(read, scopes)].sort(',
    instead: '].sort(',
  }),
  inFile('gateway/delivery/index.ts', ['test/unit/gateway/unscoped-supergraph.test.ts'])({
    id: 'rule-at-start',
    wall: 'the check of the supergraph before it is served',
    text: 'if (violations.length === 0) return;',
    instead: 'if (violations) return;',
  }),
  inFile('gateway/delivery/serve.ts', ['test/unit/gateway/unscoped-update.test.ts'])({
    id: 'rule-at-reload',
    wall: 'the check of a supergraph that is served from now on',
    text: 'doors.checkSupergraph(sdl);',
    instead: '',
  }),
  supergraph({
    id: 'rule-lost-marks',
    wall: 'the rule that marks reach the supergraph',
    text: '...read.flatMap(lostMarks),',
    instead: '',
  }),
  compose({
    id: 'rule-lost-scopes',
    wall: 'the rule that scopes reach the supergraph',
    text: ', ...checkComposedScopes(subgraphs, supergraphSdl)];',
    instead: '];',
  }),
  inFile('gateway/delivery/steps.ts', ['test/unit/gateway/scopes.test.ts'])({
    id: 'scopes-gateway',
    wall: 'the check of scopes in the gateway',
    text: 'own.checkScopes(document, operation, context.tenant);',
    instead: '',
  }),
  inFile('gateway/delivery/short-road.ts', ['test/unit/gateway/short-road-steps.test.ts'])({
    id: 'scopes-short-road',
    wall: 'what an operation passes before it runs, where its document is known',
    text: 'const charged = steps.before(question.resolved, context);',
    instead: 'const charged = undefined;',
  }),
  inFile('subgraphs/runtime/host.ts', ['test/unit/subgraphs/type-scopes.test.ts'])({
    id: 'scopes-subgraph',
    wall: 'the check of scopes in the subgraphs',
    text: 'enforceScopes(schema, readScopeRequirements(contract));',
    instead: '',
  }),
  needed({
    id: 'scopes-of-type',
    wall: 'the scopes of a type at each of its fields',
    text: '[...ofType(type.name), ...scopesIn(field.directives ?? [])]',
    instead: 'scopesIn(field.directives ?? [])',
    tests: ['test/unit/subgraphs/type-scopes.test.ts'],
  }),
  needed({
    id: 'scopes-of-interface',
    wall: 'the scopes of an interface at the fields of its types',
    text: '...interfacesOf(type, all).map((name) => `${name}.${field.name.value}`),',
    instead: '',
  }),
  needed({
    id: 'scopes-of-required',
    wall: 'the scopes of what a field requires',
    text: '...required.map((one) => `${one.type}.${one.field}`),',
    instead: '',
  }),
  needed({
    id: 'scopes-closure',
    wall: 'the scopes of what a field requires over several fields',
    text: 'grew ||= scopes.size > before;',
    instead: 'grew = before < 0;',
  }),
  needed({
    id: 'scopes-of-required-type',
    wall: 'the scopes of the type of what a field requires',
    text: '...required.flatMap(({ returns }) => ofType(returns))',
    instead: '',
    tests: ['test/unit/tenancy/required-type-scopes.test.ts'],
  }),
];

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
