import { inFile, type Mutant } from '../mutant.ts';

const rate = inFile('gateway/admission/rate-limit.ts', ['test/isolation/redis.test.ts']);
const APART = ['test/isolation/redis-users.test.ts'];
const CARED_FOR = ['test/behaviour/redis-users.test.ts'];
const users = inFile('stores/redis/users.ts', APART);
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
  inFile(
    'stores/redis/index.ts',
    APART,
  )({
    id: 'redis-own-connection',
    wall: 'the connection of its own by which an ENTERPRISE tenant is reached',
    text: "tenantUsers && tier === 'ENTERPRISE' ? own.of(tenantId) : shared;",
    instead: "tenantUsers && tier === 'ENTERPRISE' && !tenantId ? own.of(tenantId) : shared;",
  }),
  users({
    id: 'redis-user-keys',
    wall: 'the keys that a tenant’s user may touch',
    text: '`~tenant:{${tenantId}}:*`',
    instead: "tenantId && '~*'",
  }),
  users({
    id: 'redis-user-commands',
    wall: 'the commands that a tenant’s user may send',
    text: "'-@all', ...commands",
    instead: "'+@all', ...commands",
  }),
  users({
    id: 'redis-user-channels',
    wall: 'the channels that a tenant’s user may not follow',
    text: "'resetchannels', '-@all'",
    instead: "'allchannels', '-@all'",
  }),
  inFile(
    'gateway/identity/accounts/own-keys.ts',
    CARED_FOR,
  )({
    id: 'redis-sessions-tier',
    wall: 'the tier by which sessions and challenges are reached',
    text: "(await directory.tenant(tenantId))?.tier ?? 'STANDARD'",
    instead: "(await directory.tenant(tenantId)) ? 'STANDARD' : 'FREE'",
  }),
  inFile(
    'operations/moves/redis-users.ts',
    CARED_FOR,
  )({
    id: 'redis-user-former',
    wall: 'the removal of the user of a tenant that is no longer ENTERPRISE',
    text: "tier !== 'ENTERPRISE' || status === 'CLOSED'",
    instead: "tier === 'ENTERPRISE' && status === 'CLOSED'",
  }),
  rate({
    id: 'rate-principal',
    wall: 'the principal in the key of a rate',
    text: "['requests', tenant.principal.kind, tenant.principal.id]",
    instead: "['requests', tenant.principal.kind]",
  }),
];
