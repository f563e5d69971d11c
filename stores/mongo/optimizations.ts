import type { Documents, OptimizationStatus } from './documents.ts';
import { eq, oneOf } from './filter.ts';
import type { TenantMongo } from './index.ts';
import { idOf, type Once, recordOnce } from './once.ts';

export type Optimization = Documents['optimization_results'];
export type NewOptimization = Pick<
  Optimization,
  'contentId' | 'model' | 'aspect' | 'suggestion' | 'scoreAfter' | 'createdAt' | 'idempotencyKey'
> & { readonly reason?: string | undefined; readonly scoreBefore?: number | undefined };

export const OPTIMIZATION_FIELDS = [
  'id',
  'contentId',
  'model',
  'aspect',
  'suggestion',
  'reason',
  'scoreBefore',
  'scoreAfter',
  'status',
  'createdAt',
  'decidedAt',
  'decidedBy',
  'idempotencyKey',
] as const satisfies readonly (keyof Optimization)[];

/** Records suggestions, each once by its idempotency key; the first recording stays. */
export function recordOptimizations(
  mongo: TenantMongo,
  optimizations: readonly NewOptimization[],
): Promise<Once<Optimization>[]> {
  const rows = optimizations.map(({ reason, scoreBefore, ...given }): Optimization => {
    const id = idOf('optimization', mongo.tenantId, given.idempotencyKey);
    const optional = {
      ...(reason === undefined ? {} : { reason }),
      ...(scoreBefore === undefined ? {} : { scoreBefore }),
    };
    return { ...given, ...optional, id, status: 'SUGGESTED' };
  });
  return recordOnce(mongo, rows, {
    find: (tx, keys) =>
      tx
        .collection('optimization_results')
        .find({ idempotencyKey: oneOf(keys) }, { fields: OPTIMIZATION_FIELDS, limit: keys.length }),
    insert: (tx, fresh) => tx.collection('optimization_results').insertMany(fresh),
  });
}

export interface Decision {
  readonly status: Exclude<OptimizationStatus, 'SUGGESTED'>;
  readonly decidedAt: Date;
  readonly decidedBy?: string | undefined;
}

/**
 * SUGGESTED becomes ACCEPTED or REJECTED, once and for good: of two that decide
 * at the same moment one finds it decided already.
 * @returns as it is stored now, whoever decided; undefined where the tenant has none with this id
 */
export async function decideOptimization(
  mongo: TenantMongo,
  id: string,
  { status, decidedAt, decidedBy }: Decision,
): Promise<Optimization | undefined> {
  const results = mongo.collection('optimization_results');
  const set = { status, decidedAt, ...(decidedBy === undefined ? {} : { decidedBy }) };
  await results.updateOne({ id: eq(id), status: eq('SUGGESTED') }, { set });
  return results.findOne({ id: eq(id) }, OPTIMIZATION_FIELDS);
}
