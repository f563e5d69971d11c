import { expect, it } from 'vitest';
import { effectivePolicy, POLICY_NAMES, withOverrides } from '#tenancy/policy';
import { TIERS } from '#tenancy/tiers';

const find = (settings: ReturnType<typeof effectivePolicy>, name: string) => settings.find((one) => one.name === name);

it('every tier has a template that sets everything', () => {
  for (const tier of TIERS) {
    const settings = effectivePolicy(tier, {}, 'production');
    expect(settings.map(({ name }) => name)).toEqual(POLICY_NAMES);
    expect(settings.every(({ source }) => source === 'TIER')).toBe(true);
  }
});

it('what was agreed with a tenant wins over its tier, and what holds for one environment over both', () => {
  const everywhere = withOverrides({}, '*', { 'limits.maxUsers': 7, 'retention.eventsDays': 3 });
  const overrides = withOverrides(everywhere, 'production', { 'limits.maxUsers': 9 });
  const named = { name: 'limits.maxUsers' };
  expect(find(effectivePolicy('FREE', overrides, 'production'), named.name)).toEqual({
    ...named,
    value: 9,
    source: 'ENVIRONMENT',
  });
  expect(find(effectivePolicy('FREE', overrides, 'test'), named.name)).toEqual({
    ...named,
    value: 7,
    source: 'TENANT',
  });
  expect(find(effectivePolicy('FREE', overrides, 'test'), 'limits.maxContents')).toMatchObject({ source: 'TIER' });
  const back = withOverrides(overrides, 'production', { 'limits.maxUsers': null });
  expect(find(effectivePolicy('FREE', back, 'production'), named.name)).toMatchObject({ value: 7 });
});

it.each([
  [{ 'limits.maxUsers': -1 }],
  [{ 'limits.maxUsers': 1.5 }],
  [{ 'limits.maxUsers': 'many' }],
  [{ 'pools.connections': 0 }],
  [{ 'limits.unheardOf': 1 }],
])('%j is refused', (changes) => {
  expect(() => withOverrides({}, '*', changes)).toThrow();
});
