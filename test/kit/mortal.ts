import type { TenantPostgres } from '#stores/postgres/index';

/** A handle whose process is killed `inside` or `after` the commit of its n-th transaction, as in `inside 2`. */
export function mortal(handle: TenantPostgres, killAt: string | undefined): TenantPostgres {
  let transactions = 0;
  const die = (at: string): void => {
    if (killAt === at) process.kill(process.pid, 'SIGKILL');
  };
  return {
    ...handle,
    async transaction(work, options) {
      transactions += 1;
      const number = transactions;
      const result = await handle.transaction(async (tx) => {
        const made = await work(tx);
        die(`inside ${number}`);
        return made;
      }, options);
      die(`after ${number}`);
      return result;
    },
  };
}
