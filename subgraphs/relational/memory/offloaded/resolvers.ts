import type { Embedder } from '#platform/embedder';
import { PolygraphError } from '#platform/errors';
import type { Environment } from '#tenancy/policy';
import { isUuid } from '../../../runtime/ids.ts';
import type { Context } from '../../context.ts';
import type { Resolvers } from '../../generated/resolvers.ts';
import { readSettings } from '../../policy/read.ts';
import { present } from '../changes.ts';
import { checkFacts, checkPiece } from './input.ts';
import { listOffloaded } from './list.ts';
import { findNearest } from './nearest.ts';
import { readPiece } from './restore.ts';
import { isComplete, sha256Of } from './rows.ts';
import { appendPiece, beginOffload, completeOffload, deleteOffloaded } from './upload.ts';
import { type OffloadDesk, offloadWhole } from './write.ts';

export interface OffloadedOptions {
  /** Of this installation: it decides which agreed limits apply. */
  readonly environment: Environment;
  readonly embedder: Embedder;
}

export function createOffloadedResolvers({ environment, embedder }: OffloadedOptions): Resolvers {
  const deskOf = async ({ tenant, stores: { postgres }, loaders: { vault } }: Context): Promise<OffloadDesk> => {
    const settings = await readSettings(postgres, environment);
    const { value = 0 } = settings.find(({ name }) => name === 'limits.maxContextMb') ?? {};
    return { tenantId: tenant.tenantId, postgres, vault, embedder, limit: value * 1_000_000 };
  };
  return {
    Query: {
      offloadedContexts: (_, args, { stores }) => listOffloaded(args, stores.postgres),
      offloadedContext: (_, { id }, { loaders }) => loaders.offloaded.load(id),
      async offloadedPiece(_, { id, number }, { stores, loaders }) {
        if (!isUuid(id) || typeof number !== 'number' || number < 0) return null;
        const piece = await readPiece(stores.postgres, loaders.vault, id.toLowerCase(), number);
        return piece ? { number, text: piece.toString('utf8') } : null;
      },
      nearestOffloaded: (_, args, { stores }) => findNearest(args, stores.postgres, embedder),
    },
    Mutation: {
      async offloadContext(_, { input, text }, context) {
        const facts = checkFacts(input);
        const whole = { ...facts, text: checkPiece(text) };
        const [offloaded] = await offloadWhole(await deskOf(context), facts.contextId, [whole], 'REFUSE');
        if (offloaded) return offloaded.row;
        throw new PolygraphError('CONFLICT', 'It was deleted while it was offloaded.');
      },
      beginOffload: async (_, { input }, context) => beginOffload(await deskOf(context), checkFacts(input)),
      appendOffloaded: async (_, { id, number, text }, context) =>
        appendPiece(await deskOf(context), id, number, checkPiece(text)),
      completeOffload: async (_, { id, sha256 }, context) =>
        completeOffload(await deskOf(context), id, sha256 ?? undefined),
      deleteOffloaded: async (_, { id }, context) => deleteOffloaded(await deskOf(context), id),
    },
    OffloadedContext: {
      __resolveReference: ({ id }, { loaders }) => loaders.offloaded.load(id),
      context: async ({ contextId }, _, { loaders }) => present(await loaders.executionContext.load(contextId)),
      state: (row) => (isComplete(row) ? 'COMPLETE' : 'UPLOADING'),
      originalBytes: ({ originalBytes }) => Number(originalBytes),
      compressedBytes: ({ compressedBytes }) => Number(compressedBytes),
      compressionRatio: ({ originalBytes, compressedBytes }) =>
        compressedBytes === 0n ? null : Number(originalBytes) / Number(compressedBytes),
      sha256: (row, _, { loaders }) => sha256Of(row, loaders.vault),
    },
    OffloadedContextConnection: { totalCount: ({ totalCount }) => totalCount() },
  };
}
