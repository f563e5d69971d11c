import type { Logger } from '#platform/log';
import type { AccountStore } from '#stores/postgres/accounts';
import type { SessionOwner } from './sessions.ts';

export interface Notes {
  /**
   * Tells the audit, in the order of the calls. Wait for it where somebody was let in. Who was refused is answered at
   * once: only a member's failure is told, so the time that telling takes would say who is one.
   */
  add(owner: SessionOwner, action: string, severity: NoteSeverity): Promise<void>;
}

type NoteSeverity = Parameters<AccountStore['note']>[3];

export function createNotes(store: Pick<AccountStore, 'note'>, log: Logger): Notes {
  let last: Promise<unknown> = Promise.resolve();
  return {
    async add({ tenantId, userId }, action, severity) {
      const before = last;
      const told = (async () => {
        await before;
        await store.note(tenantId, userId, action, severity);
      })();
      last = told.catch((err: unknown) => log.error({ err, action }, 'the audit was not told of a sign-in'));
      await (severity === 'INFO' ? told : last);
    },
  };
}
