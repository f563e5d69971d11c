import type { SubgraphContext } from '../runtime/host.ts';
import type { Loaders } from './loaders/index.ts';

export type Context = SubgraphContext<Loaders>;
