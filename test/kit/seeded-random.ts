import { createCipheriv, createHash } from 'node:crypto';
import { createRandomSource, type RandomSource } from '#subgraphs/relational/memory/federated/privacy/random';

/** The same draws for the same seed: for tests of distributions, which must not fail by chance. Never for noise that protects. */
export function seededRandom(seed: string): RandomSource {
  const cipher = createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), Buffer.alloc(16));
  return createRandomSource((size) => cipher.update(Buffer.alloc(size)));
}
