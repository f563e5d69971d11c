import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import { type Prisma, PrismaClient } from './generated/client.ts';
import { planTogether } from './planner.ts';

/**
 * A Prisma client that plans its statements with all others of the process and runs them with its own adapter.
 * Prisma has no public option for that: this one is of the version in package.json, and tests would notice.
 */
export function createClient(adapter: SqlDriverAdapterFactory): PrismaClient {
  const internal = { __internal: { configOverride: planTogether } };
  const options: Prisma.PrismaClientOptions = Object.assign(internal, {
    adapter,
    errorFormat: 'minimal' as const,
    // Plans are kept by the planner, with their values taken out.
    queryPlanCacheMaxSize: 0,
  });
  return new PrismaClient(options);
}
