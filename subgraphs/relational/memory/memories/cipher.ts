import type { Context } from '../../context.ts';

/** Keeps what a memory of an encrypted context holds, under the key of the caller's tenant. */
export interface MemoryCipher {
  /** @param memoryId goes into what is authenticated, so that a cipher is good for its own row alone */
  encrypt(context: Context, memoryId: string, content: object): Promise<Uint8Array>;
  decrypt(context: Context, memoryId: string, cipher: Uint8Array): Promise<object>;
}
