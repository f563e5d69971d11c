import type { SubgraphContext } from '../runtime/host.ts';
import type { Loaders } from './loaders.ts';

export type Context = SubgraphContext<Loaders>;
