import type { Product, ProductOptions } from '#operations/product/index';

/** Loaded after code generation, because the product imports what it generates. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const product = await import('#operations/product/index');
  return product.startProduct(options);
}
