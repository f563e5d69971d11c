import { randomBytes } from 'node:crypto';
import DataLoader from 'dataloader';
import { PolygraphError } from '#platform/errors';
import { boundTo, deriveSealingKeys, type SealingKeys, seal, unseal, unsealWithAny } from '#platform/sealing';
import type { TenantPostgres } from '#stores/postgres/index';
import type { DataKey } from './envelope.ts';

/** The keys with which one tenant's memory is encrypted, as one request sees them. */
export interface DataKeys {
  /** Undefined where there is none, or where it was wrapped for another tenant or with a secret that is not known here. */
  of(version: number): Promise<DataKey | undefined>;
  /** What is encrypted now is encrypted with it. The first is made where there is none. */
  newest(): Promise<DataKey>;
  /** Makes the next one, and wraps former ones with the newest secret: the older secrets are then not needed any more. */
  rotate(): Promise<DataKey>;
}

/**
 * Random keys, each wrapped with a key of the master secret and bound to tenant
 * and version: a row that is copied to another tenant gives it nothing. Whoever
 * holds the database alone can open none of them. Former ones are kept, since
 * somebody may be encrypting with one while the next is made.
 * @param wrapping absent in a process that was not given them: it can neither read nor write what is encrypted
 */
export function createDataKeys(
  { prisma, transaction }: TenantPostgres,
  tenantId: string,
  wrapping: SealingKeys | undefined,
): DataKeys {
  let current: Promise<DataKey> | undefined;
  const unwrap = ({ version, wrappedSecret }: DataKeyRow): DataKey | undefined => {
    const key = unsealWithAny(wrappedSecret, demand(wrapping), boundOf(tenantId, version));
    return key && { version, key };
  };
  const wrap = ({ version, key }: DataKey) => ({
    wrappedSecret: new Uint8Array(seal(key, demand(wrapping)[0], boundOf(tenantId, version))),
  });
  const loader = new DataLoader<number, DataKey | undefined>(async (versions) => {
    const rows = await prisma.dataKey.findMany({ where: { version: { in: [...versions] } }, select: COLUMNS });
    const byVersion = new Map(rows.map((row) => [row.version, unwrap(row)]));
    return versions.map((version) => byVersion.get(version));
  });
  const readNewest = async (): Promise<DataKey | undefined> => {
    const row = await prisma.dataKey.findFirst({ orderBy: { version: 'desc' }, select: COLUMNS });
    const key = row && unwrap(row);
    if (row && !key) throw new PolygraphError('SEAL_BROKEN', 'The data key of the tenant does not open here.');
    return key ?? undefined;
  };
  const make = async (version: number): Promise<DataKey> => {
    const key = { version, key: randomBytes(KEY_BYTES) };
    const { count } = await transaction(
      (tx) => tx.dataKey.createMany({ data: { tenantId, version, ...wrap(key) }, skipDuplicates: true }),
      { action: 'memory.data_key' },
    );
    // Another request was first; its key is the one that is kept.
    return count === 1 ? key : ((await readNewest()) ?? make(version));
  };
  const wrapAnew = async (): Promise<void> => {
    const rows = await prisma.dataKey.findMany({ select: COLUMNS });
    for (const row of rows) {
      const key = unwrap(row);
      const isNew = unseal(row.wrappedSecret, demand(wrapping)[0], boundOf(tenantId, row.version));
      if (!key || isNew) continue;
      await transaction((tx) => tx.dataKey.updateMany({ where: { version: row.version }, data: wrap(key) }), {
        action: 'memory.data_key',
      });
    }
  };
  return {
    of: (version) => loader.load(version),
    newest() {
      current ??= readNewest().then((key) => key ?? make(1));
      return current;
    },
    async rotate() {
      await wrapAnew();
      const before = await readNewest();
      current = make((before?.version ?? 0) + 1);
      return current;
    },
  };
}

/** What data keys are wrapped with. A process that runs alone is given these, and not the secrets. */
export const wrappingKeys = (secrets: readonly [string, ...string[]]): SealingKeys =>
  deriveSealingKeys(secrets, 'memory data keys');

interface DataKeyRow {
  readonly version: number;
  readonly wrappedSecret: Uint8Array;
}

function demand(wrapping: SealingKeys | undefined): SealingKeys {
  if (wrapping) return wrapping;
  throw new PolygraphError(
    'NOT_SUPPORTED',
    'This process holds no keys of encrypted memory: give it POLYGRAPH_SEALING_KEYS.',
  );
}

const boundOf = (tenantId: string, version: number): Buffer => boundTo('polygraph data key', tenantId, version);
const COLUMNS = { version: true, wrappedSecret: true } as const;
const KEY_BYTES = 32;
