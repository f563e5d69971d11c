import { inFile, type Mutant, together } from '../mutant.ts';

const TESTS = ['test/isolation/mongo.test.ts'];
const FILTERS = ['test/unit/stores-mongo/filter.test.ts'];
const COMPILE = ['test/unit/stores-mongo/compile.test.ts'];
const collection = inFile('stores/mongo/collection.ts', TESTS);
const compile = inFile('stores/mongo/compile.ts', TESTS);
const migrate = inFile('stores/mongo/ensure.ts', TESTS);

/** A filter that compileFilter made, without its tenant. */
const BARE = 'const { tenantId: _tenant, ...filter } = compileFilter(spec, tenantId, where';
const AND_ID = ' (behind it, the tenant inside `_id`)';

const keysTenant = compile({
  id: 'mongo-keys-tenant',
  wall: `the tenant beside the keys that are read${AND_ID}`,
  text: 'compileIdentity(spec, tenantId, key)._id) }, tenantId };',
  instead: 'compileIdentity(spec, tenantId, key)._id) } } as never;',
  tests: TESTS,
  coveredBy: ['mongo-id'],
});
const upsertTenant = collection({
  id: 'mongo-upsert-tenant',
  wall: `the tenant beside the key of an upsert${AND_ID}`,
  text: 'filter: { _id: { $eq: _id }, tenantId: { $eq: tenantId } },',
  instead: 'filter: { _id: { $eq: _id } },',
  coveredBy: ['mongo-id'],
});
const idTenant = compile({
  id: 'mongo-id',
  wall: 'the tenant inside `_id`',
  text: "return { _id: [tenantId, ...parts].join('/'), tenantId };",
  instead: "return { _id: parts.join('/').padStart(37, '/'), tenantId };",
  refusal: /Document failed validation/,
});
const idRule = migrate({
  id: 'mongo-validator-id',
  wall: 'the server’s rule that `_id` begins with the document’s tenant',
  text: "$expr: { $eq: [{ $substrCP: ['$_id', 0, 37] }, { $concat: ['$tenantId', '/'] }] },",
  instead: '',
});

export const MONGO: readonly Mutant[] = [
  collection({
    id: 'mongo-find',
    wall: 'the tenant in `find`',
    text: 'const filter = compileFilter(spec, tenantId, where, after ?',
    instead: `${BARE}, after ?`,
  }),
  collection({
    id: 'mongo-find-one',
    wall: 'the tenant in `findOne`',
    text: `const filter = compileFilter(spec, tenantId, where);
      return (`,
    instead: `${BARE});
      return (`,
  }),
  collection({
    id: 'mongo-count',
    wall: 'the tenant in `count`',
    text: `const filter = compileFilter(spec, tenantId, where);
      return read({ countDocuments`,
    instead: `${BARE});
      return read({ countDocuments`,
  }),
  collection({
    id: 'mongo-update',
    wall: 'the tenant in `updateOne`',
    text: `const filter = compileFilter(spec, tenantId, where);
      const change`,
    instead: `${BARE});
      const change`,
  }),
  inFile(
    'stores/mongo/aggregate.ts',
    TESTS,
  )({
    id: 'mongo-group',
    wall: 'the tenant at the head of an aggregation',
    text: '{ $match: compileFilter(spec, tenantId, where) },',
    instead: '{ $match: { ...compileFilter(spec, tenantId, where), tenantId: { $exists: true } } },',
  }),
  keysTenant,
  upsertTenant,
  idTenant,
  idRule,
  together([keysTenant, idTenant, idRule], ['test/behaviour/model-usage.test.ts', ...TESTS]),
  together([upsertTenant, idTenant, idRule], TESTS),
  compile({
    id: 'mongo-key-fixed',
    wall: 'the refusal to change the key of a document',
    text: 'if (Object.hasOwn(compiled, name)) throw',
    instead: 'if (!compiled) throw',
    tests: COMPILE,
  }),
  inFile(
    'stores/mongo/filter.ts',
    FILTERS,
  )({
    id: 'mongo-conditions',
    wall: 'conditions that only our functions make',
    text: 'condition !== null ? made.get(condition) : undefined;',
    instead: 'condition !== null ? (made.get(condition) ?? { ...condition }) : undefined;',
  }),
  inFile(
    'stores/mongo/values.ts',
    FILTERS,
  )({
    id: 'mongo-fields',
    wall: 'the list of fields that a filter may name',
    text: 'if (!field) throw new TypeError(`${JSON.stringify(name)} is not a field that callers of this collection can name.`);\n  return field;',
    instead: "return field ?? { kind: 'text' };",
  }),
  inFile(
    'stores/mongo/values.ts',
    FILTERS,
  )({
    id: 'mongo-values',
    wall: 'the check that a value to compare with is of its field’s kind',
    text: 'if (!isOfKind(kind, value)) throw wrongKind(name, kind);\n  if (typeof value',
    instead: 'if (typeof value',
  }),
  inFile(
    'stores/mongo/values.ts',
    TESTS,
  )({
    id: 'mongo-json-keys',
    wall: 'the refusal of keys that mean something to MongoDB or JavaScript',
    text: 'if (UNSAFE_KEY.test(key)) {',
    instead: 'if (!UNSAFE_KEY) {',
    tests: ['test/unit/stores-mongo/unsafe-keys.test.ts'],
  }),
  migrate({
    id: 'mongo-validator',
    wall: 'the server’s rule what a document holds',
    text: 'validator: validatorOf(spec),',
    instead: 'validator: {},',
  }),
  migrate({
    id: 'mongo-index',
    wall: 'the tenant at the head of every index',
    text: "Object.fromEntries([['tenantId', 1], ...fields.map(",
    instead: 'Object.fromEntries([...fields.map(',
  }),
  inFile(
    'stores/mongo/once.ts',
    TESTS,
  )({
    id: 'mongo-event-id',
    wall: 'the tenant in the id that an idempotency key gives',
    text: '`${kind}/${tenantId}/${idempotencyKey}`',
    instead: '`${kind}/${idempotencyKey}`',
  }),
  {
    id: 'mongo-recorder',
    wall: 'a queue of its own for each tenant’s events',
    changes: [
      {
        file: 'stores/mongo/recorder.ts',
        text: 'const queue = queues.get(mongo.tenantId);',
        instead: "const queue = queues.get('any');",
      },
      {
        file: 'stores/mongo/recorder.ts',
        text: 'queues.set(mongo.tenantId, started);\n        void drain(mongo.tenantId, started);',
        instead: "queues.set('any', started);\n        void drain('any', started);",
      },
    ],
    tests: ['test/isolation/recorder.test.ts'],
  },
];
