import { inFile, type Mutant } from '../mutant.ts';

const rate = inFile('gateway/admission/rate-limit.ts', ['test/isolation/redis.test.ts']);
const keys = inFile('stores/redis/keys.ts', ['test/unit/stores-redis/keys.test.ts']);

export const REDIS: readonly Mutant[] = [
  keys({
    id: 'redis-key',
    wall: 'the tenant in every key',
    text: '`tenant:{${tenant.tenantId}}:${checked(area)}:${hashParts(parts)}`',
    instead: '`tenant:{any}:${checked(area)}:${hashParts(parts)}`',
    tests: ['test/isolation/redis.test.ts'],
  }),
  keys({
    id: 'redis-parts',
    wall: 'the length of each part in the hash of a key',
    text: 'hash.update(`${Buffer.byteLength(part)}:`).update(part);',
    instead: 'hash.update(part);',
    tests: ['test/unit/stores-redis/parts.test.ts'],
  }),
  keys({
    id: 'redis-area',
    wall: 'the check that the area of a key is a word',
    text: 'if (AREA.test(area)) return area;',
    instead: 'if (AREA) return area;',
  }),
  rate({
    id: 'rate-principal',
    wall: 'the principal in the key of a rate',
    text: "['requests', tenant.principal.kind, tenant.principal.id]",
    instead: "['requests', tenant.principal.kind]",
  }),
];
