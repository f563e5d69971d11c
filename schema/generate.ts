import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as typescript from '@graphql-codegen/typescript';
import * as resolvers from '@graphql-codegen/typescript-resolvers';
import { buildASTSchema } from 'graphql';
import { parseSubgraphSdl, readSubgraphSdl, SUBGRAPHS, type SubgraphName } from './subgraphs.ts';

/**
 * Writes `subgraphs/<name>/generated/resolvers.ts`: types of every resolver of
 * the subgraph, from its SDL. A resolver that does not fit the contract does not compile.
 *
 * Resolvers receive `Context` of `subgraphs/<name>/context.ts`. A GraphQL type T
 * is handed between resolvers as `TModel` where `subgraphs/<name>/models.ts`
 * exports one, else as T with every field optional.
 */
export async function generateResolverTypes(): Promise<void> {
  for (const name of SUBGRAPHS) {
    if (readSubgraphSdl(name).includes('type ')) await generateFor(name);
  }
}

async function generateFor(name: SubgraphName): Promise<void> {
  const folder = new URL(`../subgraphs/${name}/generated/`, import.meta.url);
  const filename = fileURLToPath(new URL('resolvers.ts', folder));
  // Without what @apollo/subgraph adds (_service, _entities, link__ types): no resolver here writes those.
  const document = parseSubgraphSdl(name);
  const text = await codegen({
    filename,
    documents: [],
    schema: document,
    schemaAst: buildASTSchema(document, { assumeValidSDL: true }),
    plugins: [{ typescript: {} }, { resolvers: {} }],
    pluginMap: { typescript, resolvers },
    config: {
      contextType: `../context.ts#Context`,
      federation: true,
      useTypeImports: true,
      enumsAsTypes: true,
      immutableTypes: true,
      skipTypename: true,
      defaultMapper: `Partial<{T}>`,
      makeResolverTypeCallable: false,
      scalars: SCALARS,
      mappers: mappersOf(name),
      emitLegacyCommonJSImports: false,
      importExtension: '.ts',
      avoidOptionals: { field: true, inputValue: false },
    },
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    filename,
    `// Generated from schema/${name} and the models of ../models.ts. Change those instead.\n${text}`,
  );
}

function mappersOf(name: SubgraphName): Record<string, string> {
  const file = new URL(`../subgraphs/${name}/models.ts`, import.meta.url);
  if (!existsSync(file)) return {};
  const models = readFileSync(file, 'utf8').matchAll(/^export (?:interface|type) (\w+)Model\b/gm);
  return Object.fromEntries([...models].map(([, type]) => [type, `../models.ts#${type}Model`]));
}

/** What resolvers handle; over the wire each is what graphql-scalars prints. */
const SCALARS = {
  ID: 'string',
  DateTime: 'Date',
  Vector: 'readonly number[]',
  Date: 'string',
  JSON: 'unknown',
  SafeInt: 'number',
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await generateResolverTypes();
