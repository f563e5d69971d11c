import type { Statement } from '#platform/statements';

/**
 * Statements as a reviewer reads them: sorted, since those of one level are sent
 * together, and without what differs from tenant to tenant and run to run.
 */
export function printStatements(statements: readonly Statement[], tenant: string): string {
  const lines = statements.map((statement) => {
    const { store, tenantId } = statement;
    const bound = tenantId === tenant ? 'bound to the tenant' : 'bound to no tenant';
    return `-- ${store}, ${bound}\n${normalised(statement, tenant)}\n`;
  });
  const once = lines.sort().filter((line, at) => line !== lines[at - 1] || !LOOKS_AGAIN.test(line));
  return once.length > 0 ? once.join('\n') : '-- asks no store\n';
}

/** Asked until the relay is done: how often is chance. */
const LOOKS_AGAIN = /join outbox_deliveries d on d\.tenant_id = o\.tenant_id/;

function normalised({ store, text }: Statement, tenant: string): string {
  // Prisma names the schema: that of the tenant's own place says as much as the shared one.
  const placed = text.replaceAll(`"t_${tenant.replaceAll('-', '')}"`, '"public"');
  const own = placed.replaceAll(tenant, '<tenant>');
  if (store === 'mongo') return JSON.stringify(withoutValues(JSON.parse(own), []), null, 2);
  return store === 'postgres' ? sqlWithoutValues(own) : withoutIds(own.trim());
}

/** How many ids a list holds decides how many parameters it has; so their numbers go too. */
function sqlWithoutValues(text: string): string {
  return withoutIds(text)
    .replace(/\$\d+/g, '$n')
    .replace(/\$n(?:,\s*\$n)+/g, '$n, ...')
    .replaceAll('IN ($n)', 'IN ($n, ...)')
    .replace(/\(\$n, \.\.\.\)(?:,\s*\(\$n, \.\.\.\))+/g, '($n, ...), ...')
    .replace(/\s*\n\s*| (?=(?:FROM|WHERE|ORDER BY|VALUES|RETURNING|LIMIT) )/g, '\n')
    .trim();
}

/** Names of fields and operators stay, and so does how each is sorted or shown; what is compared with them goes. */
function withoutValues(value: unknown, path: readonly string[]): unknown {
  if (Array.isArray(value)) {
    const inner = value.map((one) => withoutValues(one, path));
    const [first] = inner;
    const alike = inner.length > 1 && inner.every((one) => JSON.stringify(one) === JSON.stringify(first));
    return alike ? [first, '...'] : inner.length === 1 && path.at(-1) === '$in' ? [first, '...'] : inner;
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutValues(one, [...path, key])]));
  }
  const kept = path.some((key) => KEPT.has(key)) || (typeof value === 'string' && /^\$|^<tenant>$/.test(value));
  return kept ? value : `<${typeof value}>`;
}

const withoutIds = (text: string): string => text.replace(UUID, '<uuid>');

const KEPT = new Set([
  'sort',
  '$sort',
  'sortBy',
  'projection',
  '$exists',
  'upsert',
  '$inc',
  'commitTransaction',
  'collection',
]);
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
