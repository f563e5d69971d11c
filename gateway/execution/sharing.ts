import type { TenantContext } from '#tenancy/context';

/**
 * Work that several ask for at the same time, done once. Only readers who may
 * see the same share: the key begins with tenant, principal, roles and scopes,
 * because resolvers may answer by any of them.
 */
export interface Sharing<T> {
  /** @param question all that the answer depends on beside the reader: the whole request as text */
  run(reader: TenantContext, question: string, work: () => Promise<T>): Promise<T>;
  /**
   * A write of the tenant is done: whoever reads from now on must see it, so nobody
   * joins what began before. Call it before the writer hears of its write.
   */
  written(tenantId: string): void;
}

export function createSharing<T>(onJoin: () => void = () => {}): Sharing<T> {
  // Texts are looked for as they are: one joined from reader and question would be copied and hashed for each request.
  const byTenant: ByTenant<T> = new Map();
  return {
    run(reader, question, work) {
      const { tenantId } = reader;
      const key = readerKey(reader);
      const known = byTenant.get(tenantId)?.get(key)?.get(question);
      if (known) {
        onJoin();
        return known;
      }
      const begun = work();
      const running = innerOf(innerOf(byTenant, tenantId), key);
      running.set(question, begun);
      // Not one function for both: the compiler writes the name of a function that has one into it, each time it is made.
      begun.then(
        () => forget(question, running, byTenant, reader),
        () => forget(question, running, byTenant, reader),
      );
      return begun;
    },
    written: (tenantId) => void byTenant.delete(tenantId),
  };
}

/** Work under way by tenant, reader and question. */
type ByTenant<T> = Map<string, Map<string, Map<string, Promise<T>>>>;

/** @param running where the question is; after a write of the tenant that is not in `byTenant` any more */
function forget<T>(
  question: string,
  running: Map<string, Promise<T>>,
  byTenant: ByTenant<T>,
  reader: TenantContext,
): void {
  running.delete(question);
  const readers = byTenant.get(reader.tenantId);
  const key = readerKey(reader);
  if (running.size > 0 || readers?.get(key) !== running) return;
  readers.delete(key);
  if (readers.size === 0) byTenant.delete(reader.tenantId);
}

function innerOf<V>(outer: Map<string, Map<string, V>>, key: string): Map<string, V> {
  const known = outer.get(key);
  if (known) return known;
  const made = new Map<string, V>();
  outer.set(key, made);
  return made;
}

/** JSON, so that no id, however it is made, can look like the end of one part and the start of the next. */
export function readerKey(reader: TenantContext): string {
  const known = readerKeys.get(reader);
  if (known !== undefined) return known;
  const { tenantId, tier, principal, roles, scopes } = reader;
  const key = JSON.stringify([tenantId, tier, principal.kind, principal.id, roles, scopes]);
  readerKeys.set(reader, key);
  return key;
}

/** A context is frozen, and each fetch of its request asks for the key again. */
const readerKeys = new WeakMap<TenantContext, string>();
