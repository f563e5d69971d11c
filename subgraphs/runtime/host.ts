import { type DocumentNode, type ExecutionResult, execute, type GraphQLSchema, Kind, parse, validate } from 'graphql';
import { LRUCache } from 'lru-cache';
import { PolygraphError } from '#platform/errors';
import type { Logger } from '#platform/log';
import { checkLiterals, checkVariables } from '#platform/text';
import type { SubgraphName } from '#schema/subgraphs';
import type { TenantStores } from '#stores/stores';
import type { VerifyAssertion } from '#tenancy/assertion/verify';
import type { TenantContext } from '#tenancy/context';
import { readScopeRequirements } from '#tenancy/needs-scopes';
import { guardEntities } from './entities.ts';
import { asGraphQLError, maskErrors } from './errors.ts';
import { enforceScopes } from './scopes.ts';

/** What every resolver of a subgraph receives; `L` are the loaders of that subgraph, made for this request. */
export interface SubgraphContext<L> {
  readonly tenant: TenantContext;
  readonly stores: TenantStores;
  readonly loaders: L;
  readonly requestId: string;
  readonly log: Logger;
}

export interface SubgraphRequest {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

/**
 * One subgraph, however it is reached: the gateway calls `execute` in process,
 * `serveSubgraph` puts it behind HTTP. Both pass the same door.
 */
export interface SubgraphHost {
  readonly name: SubgraphName;
  readonly schema: GraphQLSchema;
  /**
   * @param body the request as JSON text, exactly as it was signed
   * @param assertion what the gateway signed for it; without one nothing is served
   */
  execute(body: string, assertion: string | undefined, requestId: string): Promise<ExecutionResult>;
}

export interface SubgraphOptions<L> {
  name: SubgraphName;
  schema: GraphQLSchema;
  verify: VerifyAssertion;
  openStores: (tenant: TenantContext) => TenantStores;
  createLoaders: (tenant: TenantContext, stores: TenantStores) => L;
  log: Logger;
  /** The SDL whose @needsScopes are enforced; where absent, the SDL that the schema was built from. */
  contract?: DocumentNode;
  /** Parsed and validated documents kept; the gateway sends few distinct ones. */
  maxDocuments?: number;
}

export function createSubgraphHost<L>({
  name,
  schema,
  verify,
  openStores,
  createLoaders,
  log,
  contract = sdlOf(schema),
  maxDocuments = 1_000,
}: SubgraphOptions<L>): SubgraphHost {
  enforceScopes(schema, readScopeRequirements(contract));
  guardEntities(schema);
  const documents = new LRUCache<string, DocumentNode>({ max: maxDocuments });

  const documentOf = (query: string): DocumentNode => {
    const known = documents.get(query);
    if (known) return known;
    const document = parse(query, { maxTokens: 20_000 });
    const [error] = validate(schema, document);
    if (error) throw error;
    checkLiterals(document);
    documents.set(query, document);
    return document;
  };

  return {
    name,
    schema,
    async execute(body, assertion, requestId) {
      const requestLog = log.child({ subgraph: name, requestId });
      try {
        const tenant = verify(assertion, body);
        const stores = openStores(tenant);
        const request = readRequest(body);
        checkVariables(request.variables);
        const contextValue: SubgraphContext<L> = {
          tenant,
          stores,
          loaders: createLoaders(tenant, stores),
          requestId,
          log: requestLog.child({ tenant: tenant.tenantId }),
        };
        const result = await execute({
          schema,
          document: documentOf(request.query),
          variableValues: request.variables,
          operationName: request.operationName,
          contextValue,
        });
        return maskErrors(result, contextValue.log);
      } catch (error) {
        return maskErrors({ errors: [asGraphQLError(error)] }, requestLog);
      }
    },
  };
}

/** The definitions that the schema was built from, extensions included. */
function sdlOf(schema: GraphQLSchema): DocumentNode {
  const definitions = Object.values(schema.getTypeMap()).flatMap((type) => [
    ...(type.astNode ? [type.astNode] : []),
    ...type.extensionASTNodes,
  ]);
  return { kind: Kind.DOCUMENT, definitions };
}

function readRequest(body: string): SubgraphRequest {
  const request: unknown = JSON.parse(body);
  if (typeof request === 'object' && request !== null && typeof (request as SubgraphRequest).query === 'string') {
    return request as SubgraphRequest;
  }
  throw new PolygraphError('BAD_USER_INPUT', 'The body of a GraphQL request is JSON with a `query`.');
}
