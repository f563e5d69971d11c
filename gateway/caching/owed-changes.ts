import type { TenantAnswers } from '#stores/redis/answers';
import type { TenantContext } from '#tenancy/context';

/** Changes that this process made and has not been able to tell Redis of yet. */
export interface OwedChanges {
  /** Tells now, or as soon as Redis answers again. Never rejects. */
  pay(writer: TenantContext, things: readonly string[]): Promise<void>;
  /** Tells now and again after `ms`, when the write that may still be under way must be over. */
  payTwice(writer: TenantContext, things: readonly string[], ms: number): Promise<void>;
  /** @returns false while something of the reader's tenant is owed: what is kept may be older than our own write */
  settled(reader: TenantContext): Promise<boolean>;
  close(): void;
}

export function createOwedChanges(open: (tenant: TenantContext) => TenantAnswers, retryMs = 1_000): OwedChanges {
  const owed = new Map<string, { writer: TenantContext; things: Set<string> }>();
  const timers = new Set<NodeJS.Timeout>();

  const tell = async (writer: TenantContext, things: readonly string[]): Promise<boolean> =>
    open(writer)
      .changed(things)
      .then(
        () => true,
        () => false,
      );

  const later = (ms: number, work: () => Promise<unknown>): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      void work();
    }, ms);
    timers.add(timer);
    timer.unref();
  };

  const retry = async (): Promise<void> => {
    for (const { writer } of [...owed.values()]) await settle(writer);
    if (owed.size > 0 && timers.size === 0) later(retryMs, retry);
  };

  const settle = async ({ tenantId }: TenantContext): Promise<boolean> => {
    const debt = owed.get(tenantId);
    if (!debt) return true;
    const things = [...debt.things];
    if (!(await tell(debt.writer, things))) return false;
    for (const thing of things) debt.things.delete(thing);
    if (debt.things.size === 0) owed.delete(tenantId);
    return !owed.has(tenantId);
  };

  const pay = async (writer: TenantContext, things: readonly string[]): Promise<void> => {
    if (await tell(writer, things)) return;
    const debt = owed.get(writer.tenantId) ?? { writer, things: new Set<string>() };
    for (const thing of things) debt.things.add(thing);
    owed.set(writer.tenantId, debt);
    if (timers.size === 0) later(retryMs, retry);
  };

  return {
    pay,
    payTwice(writer, things, ms) {
      later(ms, () => pay(writer, things));
      return pay(writer, things);
    },
    settled: async (reader) => owed.size === 0 || settle(reader),
    close() {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
