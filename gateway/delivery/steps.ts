import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import {
  type DocumentNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import { PolygraphError } from '#platform/errors';
import { readScopeRequirements } from '#tenancy/needs-scopes';
import type { OperationCosts } from '../admission/operation-costs.ts';
import { type CheckScopes, createScopeCheck } from '../admission/scopes.ts';
import { checkVariableTypes } from '../admission/variables.ts';
import { readCacheHints } from '../caching/hints.ts';
import { createAloneCheck } from '../execution/alone.ts';
import type { GatewayContext } from '../execution/operation.ts';
import { completed } from './completion.ts';
import { isRemembered } from './known-bodies.ts';
import { traced } from './trace.ts';

/**
 * What every operation passes before and after its execution. Two roads lead
 * through here: Apollo Server's pipeline, for a document that is new, and the
 * short one, for a document that Apollo Server has parsed and validated before.
 * A plugin of Apollo Server would be passed on the first road only, so a step
 * that guards or changes answers belongs here.
 */
export interface Steps {
  /** @throws PolygraphError where the operation is refused */
  before(operation: ResolvedOperation, context: GatewayContext): void | Promise<void>;
  after(result: OperationResult, context: GatewayContext): OperationResult;
  /** Of a schema that is served from now on. */
  learn(schema: GraphQLSchema, supergraphSdl: string): void;
}

/** Variables of remembered bodies, and for which operation they were found to be of the right types. */
type Fitting = WeakMap<object, OperationDefinitionNode>;

export interface ResolvedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface Served {
  readonly checkScopes: CheckScopes;
  readonly isAlone: (document: DocumentNode) => boolean;
  readonly fitting: Fitting;
}

/** As it is written to the client. */
export interface OperationResult {
  readonly errors?: readonly GraphQLFormattedError[] | undefined;
  readonly data?: unknown;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** @param costs absent where nobody pays */
export function createSteps(costs?: OperationCosts): Steps {
  const served = new WeakMap<GraphQLSchema, Served>();
  return {
    learn(schema, supergraphSdl) {
      const supergraph = parse(supergraphSdl);
      const checkScopes = createScopeCheck(schema, readScopeRequirements(supergraph));
      const hints = readCacheHints(supergraph);
      const isAlone = createAloneCheck(schema, (type, field) => hints.ofField(type, field)?.ofOthers === true);
      served.set(schema, { checkScopes, isAlone, fitting: new WeakMap() });
      costs?.learn(schema, supergraph);
    },
    before(resolved, context) {
      const { schema, document, operation, variables } = resolved;
      const own = served.get(schema);
      if (!own) throw new Error('An operation came with a schema whose scopes were never read.');
      own.checkScopes(document, operation, context.tenant);
      context.alone = own.isAlone(document);
      if (own.fitting.get(variables) !== operation) {
        checkVariableTypes(schema, operation, variables);
        if (isRemembered(variables)) own.fitting.set(variables, operation);
      }
      return costs?.charge(resolved, context);
    },
    after: (result, context) => traced(completed(result), context),
  };
}

/** The steps on Apollo Server's road. @param refusal puts the HTTP status of its code to an error */
export function createStepsPlugin(
  steps: Steps,
  refusal: (error: unknown) => unknown,
): ApolloServerPlugin<GatewayContext> {
  return {
    async serverWillStart() {
      return {
        schemaDidLoadOrUpdate({ apiSchema, coreSupergraphSdl }) {
          if (coreSupergraphSdl) steps.learn(apiSchema, coreSupergraphSdl);
        },
      };
    },
    requestDidStart: async () => ({
      async didResolveOperation({ schema, document, operation, request, contextValue }) {
        try {
          if (!operation) throw new PolygraphError('BAD_USER_INPUT', OPERATION_UNCLEAR);
          await steps.before({ schema, document, operation, variables: request.variables ?? {} }, contextValue);
        } catch (error) {
          throw refusal(error);
        }
      },
      /** A dry run ends here. */
      async responseForOperation({ contextValue }) {
        if (!contextValue.dryRun) return null;
        return { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult: { data: null } } };
      },
      async willSendResponse({ response, contextValue }) {
        if (response.body.kind !== 'single') return;
        const { errors, data, extensions } = steps.after(response.body.singleResult, contextValue);
        response.body.singleResult = {
          ...(errors ? { errors } : {}),
          ...(data === undefined ? {} : { data: data as Record<string, unknown> | null }),
          ...(extensions ? { extensions } : {}),
        };
      },
    }),
  };
}

const OPERATION_UNCLEAR =
  'Say with `operationName` which operation of the document to run; this one has none or several by that name.';
