import type { PrismaClient } from './generated/client.ts';
import type { TenantReads } from './tenant.ts';

/**
 * Prisma's models, each call made with a client of where the tenant lives. What
 * begins with `$` is not there: the type hides `$queryRawUnsafe` and its like,
 * and this hides them from a cast, too.
 */
export function createTenantReads(atHome: AtHome): TenantReads {
  const models = new Map<PropertyKey, object>();
  return new Proxy({} as TenantReads, {
    get(_, model) {
      if (typeof model !== 'string' || model.startsWith('$') || model === 'then') return undefined;
      const known = models.get(model) ?? createModel(model, atHome);
      models.set(model, known);
      return known;
    },
  });
}

type AtHome = <T>(read: (client: PrismaClient) => Promise<T>) => Promise<T>;

/** The call is made before anything is waited for, so Prisma still merges reads of one tick. */
function createModel(model: string, atHome: AtHome): object {
  return new Proxy(Object.create(null) as object, {
    get(_, operation) {
      if (operation === 'then') return undefined;
      return (...values: unknown[]) =>
        atHome(async (client) => {
          const delegate: unknown = Reflect.get(client, model);
          const call: unknown = Object(delegate) === delegate ? Reflect.get(Object(delegate), operation) : undefined;
          if (typeof call !== 'function') throw new TypeError(`Prisma has no ${model}.${String(operation)}.`);
          return (await Reflect.apply(call, delegate, values)) as never;
        });
    },
  });
}
