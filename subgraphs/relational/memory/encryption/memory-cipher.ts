import type { MemoryCipher } from '../memories/cipher.ts';

/** The contents of memories, under the vault of the request. */
export function createMemoryCipher(): MemoryCipher {
  return {
    encrypt: ({ loaders }, id, content) => loaders.vault.seal(contentPlace(id), Buffer.from(JSON.stringify(content))),
    async decrypt({ loaders }, id, cipher) {
      const content: unknown = JSON.parse((await loaders.vault.open(contentPlace(id), cipher)).toString('utf8'));
      return content as object;
    },
  };
}

export const contentPlace = (id: string) => ({ table: 'memories', column: 'content', row: id });
