import { parseSealingKeys, printSealingKeys, type SealingKeys } from '#platform/sealing';
import { readSettings } from '#platform/settings';
import type { SubgraphName } from '#schema/subgraphs';
import { documentKeys } from '#stores/mongo/places/credentials';
import { wrappingKeys } from '#subgraphs/relational/memory/encryption/data-keys';
import {
  createAssertionKeys,
  parseAssertionKeys,
  printAssertionKeys,
  type VerifyingKeys,
} from '#tenancy/assertion/keys';
import type { StoreSettings } from './stores.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface SubgraphSettings {
  readonly settings: StoreSettings;
  readonly keys: VerifyingKeys;
  /** Of encrypted memory. */
  readonly sealing?: SealingKeys | undefined;
}

/**
 * What one subgraph needs to run alone. With POLYGRAPH_ASSERTION_KEYS that is the
 * way to its own stores and the keys of its own assertions: it can neither sign
 * for another subgraph nor derive the password of another role. With
 * POLYGRAPH_SECRETS instead it could do both.
 * @throws SettingsError that names what is missing @throws TypeError for keys that cannot be read
 */
export function readSubgraphSettings(name: SubgraphName, environment: Environment): SubgraphSettings {
  const { POLYGRAPH_ASSERTION_KEYS: printed, ...given } = environment;
  if (!printed) {
    const settings = readSettings(environment);
    const { POLYGRAPH_SECRETS: secrets } = settings;
    return { settings, keys: createAssertionKeys(secrets), sealing: wrappingKeys(secrets) };
  }
  const unused = Object.entries(UNREACHABLE).filter(([variable]) => !STORES_OF[name].includes(variable));
  const { POLYGRAPH_SECRETS: _, ...settings } = readSettings({
    ...Object.fromEntries(unused),
    ...given,
    POLYGRAPH_SECRETS: 'none'.repeat(8),
  });
  const { POLYGRAPH_SEALING_KEYS: sealing } = settings;
  return {
    settings,
    keys: parseAssertionKeys(printed, name),
    sealing: sealing ? parseSealingKeys(sealing) : undefined,
  };
}

/** The least environment with which that subgraph runs alone. @param appUrl PostgreSQL as the role that serves requests */
export function leastEnvironment(
  name: SubgraphName,
  { POLYGRAPH_SECRETS: secrets, ...settings }: StoreSettings & { POLYGRAPH_SECRETS: readonly [string, ...string[]] },
  appUrl: string,
): Readonly<Record<string, string>> {
  const stores: Readonly<Record<string, unknown>> = { ...settings, DATABASE_URL: appUrl };
  return {
    ...Object.fromEntries(STORES_OF[name].map((variable) => [variable, String(stores[variable])])),
    POLYGRAPH_ASSERTION_KEYS: printAssertionKeys(secrets, name),
    ...(SERVE_DOCUMENTS.includes(name) ? { POLYGRAPH_DOCUMENT_KEYS: printSealingKeys(documentKeys(secrets)) } : {}),
    ...(name === 'relational' ? { POLYGRAPH_SEALING_KEYS: printSealingKeys(wrappingKeys(secrets)) } : {}),
  };
}

const NEO4J = ['NEO4J_URL', 'NEO4J_USER', 'NEO4J_PASSWORD'];
const STORES_OF: Readonly<Record<SubgraphName, readonly string[]>> = {
  // Versions are kept in MongoDB; restoring one reads its body there and writes it here.
  // Search asks the graph what stands near.
  relational: ['DATABASE_URL', 'MONGODB_URL', ...NEO4J],
  content: ['MONGODB_URL'],
  knowledge: NEO4J,
  // It tells how all of them are.
  operations: ['DATABASE_URL', 'MONGODB_URL', 'REDIS_URL', ...NEO4J],
};

/** They read and write documents, also those that lie apart. */
const SERVE_DOCUMENTS: readonly SubgraphName[] = ['relational', 'content'];

/** A store that a subgraph has no business with: whatever asks for it is told that it does not answer. */
const UNREACHABLE = {
  DATABASE_URL: 'postgresql://127.0.0.1:1/none',
  MONGODB_URL: 'mongodb://127.0.0.1:1/none',
  REDIS_URL: 'redis://127.0.0.1:1',
  NEO4J_URL: 'bolt://127.0.0.1:1',
  NEO4J_PASSWORD: 'nobody-home',
};
