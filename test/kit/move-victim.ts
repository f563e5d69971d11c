import { moveTenant } from '#stores/postgres/move/index';
import type { Tier } from '#tenancy/tiers';
import { TEST_SECRETS } from './secrets.ts';

/** A process of its own: moves TENANT to TIER, and stands still where the move gets to HALT, to be killed there. */
const { DATABASE_URL: url = '', TENANT: tenantId = '', TIER = '', HALT } = process.env;
await moveTenant({
  ...{ url, secrets: TEST_SECRETS, tenantId, to: TIER as Tier, graceMs: 0 },
  async onPoint(point) {
    if (point !== HALT) return;
    process.stdout.write(`${point}\n`);
    await new Promise(() => setInterval(() => undefined, 1_000));
  },
});
