import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { fillSecrets } from '#operations/cli/env';
import { SETTINGS } from '#platform/settings';

const root = new URL('../../../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');

const Service = z.object({
  image: z.string().optional(),
  build: z.string().optional(),
  ports: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
  healthcheck: z.object({ test: z.array(z.string()).min(2), retries: z.number() }),
  depends_on: z.record(z.string(), z.object({ condition: z.literal('service_healthy') })).optional(),
});
const text = read('docker-compose.yml');
const { services } = z.object({ services: z.record(z.string(), Service) }).parse(parse(text));
const SECRET = /PASSWORD|SECRET|KEY/;

describe('docker-compose.yml', () => {
  test('runs the four stores in pinned versions, and Polygraph after them', () => {
    const { polygraph, ...stores } = services;
    expect(Object.keys(stores).sort()).toEqual(['mongo', 'neo4j', 'postgres', 'valkey']);
    for (const { image } of Object.values(stores)) expect(image).toMatch(/:\d+\.\d+\.\d+/);
    expect(Object.keys(polygraph?.depends_on ?? {}).sort()).toEqual(Object.keys(stores).sort());
  });

  test('publishes on loopback only', () => {
    const ports = Object.values(services).flatMap((service) => service.ports);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  test('has no secret of its own and no default for one', () => {
    const variables = [...text.matchAll(/\$\{(\w+)([^}]*)\}/g)].filter(([, name]) => SECRET.test(name ?? ''));
    expect(variables.length).toBeGreaterThan(5);
    expect(variables.filter(([, , rest]) => !rest?.startsWith(':?'))).toEqual([]);
    const literal = Object.values(services).flatMap((service) =>
      Object.entries(service.environment).filter(([name, value]) => SECRET.test(name) && !value.includes('${')),
    );
    expect(literal).toEqual([]);
  });

  test('gives Polygraph settings that exist, every required one among them', () => {
    const given = services.polygraph?.environment ?? {};
    expect(Object.keys(given).filter((name) => !(name in SETTINGS.shape))).toEqual([]);
    const required = Object.entries(SETTINGS.shape).filter(([, type]) => !type.safeParse(undefined).success);
    expect(required.map(([name]) => name).filter((name) => !(name in given))).toEqual([]);
  });
});

test('polygraph env fills every secret of .env.example with another value', () => {
  const filled = [...fillSecrets(read('.env.example')).matchAll(/^(\w+)=(.*)$/gm)];
  const wanted = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name));
  expect(new Set(filled.map(([, name]) => name))).toEqual(new Set([...wanted, 'JWT_AUDIENCE']));
  const secrets = filled.filter(([, name]) => SECRET.test(name ?? '')).map(([, , value]) => value ?? '');
  expect(new Set(secrets).size).toBe(6);
  for (const value of secrets) expect(value).toMatch(/^[0-9a-f]{64}$/);
});
