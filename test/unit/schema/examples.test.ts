import { printSchema, Supergraph } from '@apollo/federation-internals';
import { buildSchema, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { composeSupergraph } from '#schema/compose';
import { createExampleRunner, type Example, loadExamples, parseExample, resolveVariables } from '#schema/examples';

const EXAMPLES = loadExamples();
const API = buildSchema(printSchema(Supergraph.build(composeSupergraph()).apiSchema()));

test.each(EXAMPLES)('$name is valid against the composed graph', ({ query }) => {
  expect(validate(API, parse(query))).toEqual([]);
});

test('references lead to examples that run before', () => {
  for (const [index, { name, variables }] of EXAMPLES.entries()) {
    const earlier = EXAMPLES.slice(0, index).map((example) => example.name);
    for (const [, from] of JSON.stringify(variables).matchAll(/"\$from":"([^"]+)"/g)) {
      expect(earlier, `${name} refers to ${from}`).toContain(from);
    }
  }
});

test('variables are taken from the answers of other examples, each run once', async () => {
  const sent: string[] = [];
  const examples = [
    example('a', {}),
    example('b', { id: { $from: 'a', $path: 'list.0.id' }, in: [{ text: { $unique: 'T' } }] }),
  ];
  const send = async (one: Example, variables: unknown) => {
    sent.push(`${one.name} ${JSON.stringify(variables)}`);
    return { list: [{ id: 'x1' }] };
  };
  const runner = createExampleRunner(examples, send, 'u7');
  await runner.run('b');
  await runner.run('a');
  expect(sent).toEqual(['a {}', 'b {"id":"x1","in":[{"text":"T u7"}]}']);
});

test('a reference that leads nowhere names both examples', async () => {
  const lost = example('b', { id: { $from: 'a', $path: 'list.3.id' } });
  await expect(resolveVariables(lost, async () => ({ list: [] }), 'u')).rejects.toThrow('b needs list.3.id of a');
});

test('a role that no demo tenant has is refused', () => {
  expect(() => parseExample('x', '{ a }', '{"$role":"root"}')).toThrow('viewer, editor, owner');
});

function example(name: string, variables: object): Example {
  return parseExample(name, '{ a }', JSON.stringify(variables));
}

test('a day is the moment at which it began in UTC', async () => {
  const { from } = await resolveVariables(example('a', { from: { $daysAgo: 1 } }), async () => ({}), 'u');
  const age = Date.now() - Date.parse(String(from));
  expect(from).toMatch(/T00:00:00.000Z$/);
  expect(age).toBeGreaterThanOrEqual(86_400_000);
  expect(age).toBeLessThan(2 * 86_400_000);
});
