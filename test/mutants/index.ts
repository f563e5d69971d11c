import type { Mutant } from './mutant.ts';
import { ASSERTION } from './walls/assertion.ts';
import { CACHING } from './walls/caching.ts';
import { COMPOSITION } from './walls/composition.ts';
import { CONTEXT } from './walls/context.ts';
import { DOCUMENTS } from './walls/documents.ts';
import { ENCRYPTION } from './walls/encryption.ts';
import { GATEWAY } from './walls/gateway.ts';
import { IDENTITY } from './walls/identity.ts';
import { LEARNING } from './walls/learning.ts';
import { MEMORY } from './walls/memory.ts';
import { MIGRATIONS } from './walls/migrations.ts';
import { MONGO } from './walls/mongo.ts';
import { NEO4J } from './walls/neo4j.ts';
import { PEOPLE } from './walls/people.ts';
import { PLACES } from './walls/places.ts';
import { POSTGRES } from './walls/postgres.ts';
import { REDIS } from './walls/redis.ts';
import { SHARING } from './walls/sharing.ts';
import { SIGNING_IN } from './walls/signing-in.ts';
import { INPUTS, SUBGRAPHS } from './walls/subgraphs.ts';

/** Every wall that is taken away, from the front door to the stores. A new wall gets a mutant here. */
export const MUTANTS: readonly Mutant[] = [
  ...IDENTITY,
  ...GATEWAY,
  ...COMPOSITION,
  ...SHARING,
  ...MEMORY,
  ...LEARNING,
  ...CACHING,
  ...CONTEXT,
  ...ASSERTION,
  ...SUBGRAPHS,
  ...ENCRYPTION,
  ...INPUTS,
  ...PEOPLE,
  ...SIGNING_IN,
  ...POSTGRES,
  ...MIGRATIONS,
  ...PLACES,
  ...MONGO,
  ...DOCUMENTS,
  ...NEO4J,
  ...REDIS,
];
