import { ACCOUNTS_ATTACKS } from './accounts.ts';
import type { Attack } from './attack.ts';
import { DATA_ATTACKS } from './data.ts';
import { GATEWAY_ATTACKS } from './gateway.ts';
import { LEARNING_ATTACKS } from './learning.ts';
import { MEMORY_ATTACKS } from './memory.ts';
import { MONGO_ATTACKS } from './mongo.ts';
import { NEO4J_ATTACKS } from './neo4j.ts';
import { POSTGRES_ATTACKS } from './postgres.ts';
import { REDIS_ATTACKS } from './redis.ts';
import { SHARING_ATTACKS } from './sharing.ts';
import { TIERS_ATTACKS } from './tiers.ts';

/**
 * The whole list of attacks that every change is measured against, in the order of stores.
 * docs/attacks.md is made of it, and test/unit/docs/attacks.test.ts holds it together with the tests that name the ids.
 */
export const ATTACKS: readonly Attack[] = [
  ...POSTGRES_ATTACKS,
  ...TIERS_ATTACKS,
  ...SHARING_ATTACKS,
  ...LEARNING_ATTACKS,
  ...MEMORY_ATTACKS,
  ...MONGO_ATTACKS,
  ...NEO4J_ATTACKS,
  ...REDIS_ATTACKS,
  ...GATEWAY_ATTACKS,
  ...ACCOUNTS_ATTACKS,
  ...DATA_ATTACKS,
];
