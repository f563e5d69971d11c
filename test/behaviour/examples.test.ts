import { describe, expect, test } from 'vitest';
import { createExampleRunner, loadExamples } from '#schema/examples';
import { useWorld } from '#test/kit/world';

describe('the saved operations', () => {
  const world = useWorld();
  const examples = loadExamples();

  for (const { slug } of world.demo.tenants) {
    const runner = createExampleRunner(
      examples,
      async ({ name, role, query }, variables) => {
        const { data, errors } = await world.as(slug, role).query(query, variables);
        expect(errors, `${name} for ${slug}`).toEqual([]);
        return data;
      },
      crypto.randomUUID(),
    );
    test.each(examples.map(({ name }) => name))(`%s answers ${slug} without an error`, async (name) => {
      const data = (await runner.run(name)) as Record<string, unknown>;
      expect(Object.values(data).every((value) => value !== null)).toBe(true);
    });
  }
});
