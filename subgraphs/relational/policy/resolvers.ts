import type { Environment } from '#tenancy/policy';
import type { Resolvers } from '../generated/resolvers.ts';
import { readSettings } from './read.ts';

/** @param environment of this installation: it decides which overrides apply */
export function createPolicyResolvers(environment: Environment): Pick<Resolvers, 'Tenant'> {
  return { Tenant: { settings: (_tenant, _args, { stores }) => readSettings(stores.postgres, environment) } };
}
