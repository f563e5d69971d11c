import type { Context } from '../../context.ts';

/** The content of a memory, under the vault of the request: good for the row of this id alone. */
export const encryptContent = ({ loaders }: Context, id: string, content: object): Promise<Uint8Array> =>
  loaders.vault.seal(contentPlace(id), Buffer.from(JSON.stringify(content)));

export async function decryptContent({ loaders }: Context, id: string, cipher: Uint8Array): Promise<object> {
  const content: unknown = JSON.parse((await loaders.vault.open(contentPlace(id), cipher)).toString('utf8'));
  return content as object;
}

export const contentPlace = (id: string) => ({ table: 'memories', column: 'content', row: id });
