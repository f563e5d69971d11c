import type { Sql } from '@prisma/client/runtime/client';
import { Prisma, type PrismaClient } from './generated/client.ts';
import type { TenantRegistry } from './registry.ts';
import type { TenantSharing } from './sharing.ts';

/** What a resolver reads and writes PostgreSQL with. The tenant is fixed in it. */
export interface TenantPostgres {
  /** Typed reads, each one statement in a round trip of its own. */
  readonly prisma: TenantReads;
  /** A parameterised read that Prisma cannot say. Compose parts with `fragment`. */
  readonly sql: TenantSql;
  /**
   * Runs `work` in one transaction, rolled back where it throws. Not for other I/O: it holds a connection.
   * What it changes is audited under the principal of the handle, by triggers that refuse a change without one.
   * @throws PolygraphError STORE_UNAVAILABLE
   */
  transaction<T>(work: (tx: TenantTransaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Who may enter the tenant, which is kept in one place for all tiers. */
  readonly registry: TenantRegistry;
  /** What this tenant shares with others, and they with it: the only way across. */
  readonly sharing: TenantSharing;
}

/** A template, so that values are always parameters: there is no way to pass text as SQL. */
export type TenantSql = <Row>(strings: TemplateStringsArray, ...values: readonly SqlValue[]) => Promise<Row[]>;

export type SqlValue =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | null
  | readonly string[]
  | readonly number[]
  | Sql;

export interface TransactionOptions {
  /** What the principal means by it, such as `content.publish`, for the audit; each table's own word where absent. */
  action?: string;
  /** Told with each row of the audit, and searchable there. Nothing secret. */
  metadata?: Readonly<Record<string, string | number | boolean>>;
  /** Longest the whole transaction may take. */
  timeoutMs?: number;
}

export type Model = Uncapitalize<Prisma.ModelName>;
type Read =
  | 'findUnique'
  | 'findUniqueOrThrow'
  | 'findFirst'
  | 'findFirstOrThrow'
  | 'findMany'
  | 'count'
  | 'aggregate'
  | 'groupBy';
type Readable<Delegate> = { readonly [Operation in Extract<keyof Delegate, Read>]: Delegate[Operation] };

export type TenantReads = { readonly [M in Model]: Readable<PrismaClient[M]> };
/** Every model, reads and writes, and `$queryRaw` (a template tag: parameterised), all inside the one transaction. */
export type TenantTransaction = { readonly [M in Model]: PrismaClient[M] } & Pick<
  Prisma.TransactionClient,
  '$queryRaw'
>;

/** A part of a statement, with its parameters, to be put into `sql` or another fragment. */
export function fragment(strings: TemplateStringsArray, ...values: readonly SqlValue[]): Sql {
  return Prisma.sql(strings, ...values);
}

/** @param separator SQL text; never from input */
export function joinFragments(fragments: readonly Sql[], separator = ', '): Sql {
  return fragments.length > 0 ? Prisma.join([...fragments], separator) : Prisma.empty;
}

type RawClient = Pick<PrismaClient, '$queryRaw'>;

/** @param atHome runs a read with a client of where the tenant lives */
export function createTenantSql(atHome: <T>(read: (client: RawClient) => Promise<T>) => Promise<T>): TenantSql {
  return (strings, ...values) => {
    if (!Array.isArray(strings.raw)) throw new TypeError('`sql` is a template tag; it takes no text.');
    const statement = Prisma.sql(strings, ...values);
    return atHome((client) => client.$queryRaw(statement));
  };
}
