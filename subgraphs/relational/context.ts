import type { SubgraphContext } from '../runtime/host.ts';
import type { RelationalLoaders } from './loaders.ts';

export type Context = SubgraphContext<RelationalLoaders>;
