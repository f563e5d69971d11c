import type { ApolloServer } from '@apollo/server';
import {
  coerceInputValue,
  type GraphQLInputObjectType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
} from 'graphql';
import { isErrorCode, PolygraphError } from '#platform/errors';
import type { Logger } from '#platform/log';
import { checkVariables } from '#platform/text';
import { DateTime } from '#subgraphs/runtime/scalars';
import type { TenantContext } from '#tenancy/context';
import { DeadlineError, withDeadline } from '../execution/deadline.ts';
import type { GatewayContext, OperationTrace } from '../execution/operation.ts';

/**
 * Operations that routes beside /graphql ask of the graph for their caller. They are admitted, priced, cached, signed and
 * carried as if the caller had sent them: no route has a way of its own to a subgraph.
 */
export interface OwnOperations {
  /** @returns `data` of the answer @throws PolygraphError of its first error */
  run(query: string, variables: Readonly<Record<string, unknown>>, caller: OwnCaller): Promise<Data>;
  /** @throws PolygraphError BAD_USER_INPUT that says why the value is none of this input type of the graph */
  checkInput(type: string, value: unknown): void;
}

export interface OwnCaller {
  readonly tenant: TenantContext;
  readonly requestId: string;
}

export interface OwnOperationsOptions {
  server: ApolloServer<GatewayContext>;
  /** The one that is served now. */
  schema: () => GraphQLSchema | undefined;
  timeoutMs: number;
  log: Logger;
}

type Data = Readonly<Record<string, unknown>>;

export function createOwnOperations({ server, schema, timeoutMs, log }: OwnOperationsOptions): OwnOperations {
  return {
    async run(query, variables, { tenant, requestId }) {
      const trace: OperationTrace = { fetches: 0, storeQueries: undefined, code: undefined };
      const facts = {
        showTrace: false,
        readsOwnWrites: false,
        visitor: { log: log.child({ requestId, tenant: tenant.tenantId }) },
      };
      const { body } = await withDeadline(timeoutMs, undefined, (limit) =>
        server.executeOperation(
          { query, variables: { ...variables } },
          { contextValue: { tenant, requestId, limit, trace, ...facts } },
        ),
      ).catch((error: unknown) => {
        throw error instanceof DeadlineError ? late() : error;
      });
      if (body.kind !== 'single') throw new PolygraphError('NOT_SUPPORTED', 'Incremental delivery is not supported.');
      const { data, errors: [error] = [] } = body.singleResult;
      if (error) throw asPolygraphError(error);
      trace.cost?.bill?.settle(trace.storeQueries);
      return data ?? {};
    },
    checkInput(name, value) {
      const type = schema()?.getType(name);
      if (!isInputObjectType(type)) throw notServed();
      checkVariables(value);
      coerceInputValue(value, type, (path, _value, error) => {
        throw badInput(path.length > 0 ? `\`${path.join('.')}\`: ${error.message}` : error.message);
      });
      checkMoments(type, value as Data);
    },
  };
}

/** The gateway's own schema takes any value for a scalar; a subgraph would refuse all of the operation for one. */
function checkMoments(type: GraphQLInputObjectType, value: Data): void {
  for (const { name, type: fieldType } of Object.values(type.getFields())) {
    const given = value[name];
    if (getNamedType(fieldType).name !== DateTime.name || given === undefined || given === null) continue;
    try {
      DateTime.parseValue(given);
    } catch (error) {
      throw badInput(`\`${name}\`: ${(error as Error).message}`);
    }
  }
}

function asPolygraphError(error: { readonly message: string; readonly extensions?: Data }): PolygraphError {
  const { code, cure: _cure, ...facts } = error.extensions ?? {};
  // Our own text is valid wherever the graph has what it asks for.
  if (code === 'GRAPHQL_VALIDATION_FAILED') return notServed();
  return new PolygraphError(isErrorCode(code) ? code : 'INTERNAL', error.message, { facts });
}

const late = (): PolygraphError => new PolygraphError('TIMEOUT', 'This took too long and was given up.');
const notServed = (): PolygraphError =>
  new PolygraphError('NOT_SUPPORTED', 'The graph that is served here has nothing to do this with.');
const badInput = (message: string): PolygraphError => new PolygraphError('BAD_USER_INPUT', message);
