import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import { CommandError } from '../explain.ts';
import type { LocalInstallation } from './local.ts';

export interface Product {
  /** Where the gateway listens, http://host:port/... */
  readonly url: string;
  /** Lets requests in flight finish, then closes everything. */
  stop(): Promise<void>;
}

export interface ProductOptions {
  readonly settings: Settings;
  readonly log: Logger;
  readonly local: LocalInstallation;
}

/** Loaded after code generation, because the product imports what it generates. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const loaded: { startProduct?: (options: ProductOptions) => Promise<Product> } = await import(PRODUCT).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes('operations/product')) return {};
      throw error;
    },
  );
  if (!loaded.startProduct) throw new CommandError('This clone has no operations/product.ts yet.');
  return loaded.startProduct(options);
}

const PRODUCT: string = '#operations/product';
