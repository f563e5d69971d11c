import { createHash, hkdfSync } from 'node:crypto';
import type { ApiKeyInput } from '#stores/postgres/provision';
import { scopesOf } from '#tenancy/roles';
import { uuidV5 } from '../import/ids.ts';
import type { DemoTenant } from './cast.ts';

/**
 * The API key of a demo tenant, derived from the installation's secret: the same
 * at every start although only its hash is stored, and another where the secret
 * is another.
 */
export function demoApiKey({ id, slug }: DemoTenant, secret: string): { key: string; input: ApiKeyInput } {
  const bytes = Buffer.from(hkdfSync('sha256', secret, 'polygraph', `demo api key ${slug}`, 38));
  const prefix = bytes.subarray(0, 6).toString('hex');
  const key = `pg_${prefix}_${bytes.subarray(6).toString('base64url')}`;
  const hash = createHash('sha256').update(key).digest('hex');
  const scopes = scopesOf(['EDITOR']);
  return { key, input: { tenantId: id, id: uuidV5(id, 'demo api key'), name: 'Demo', prefix, hash, scopes } };
}
