import { ApolloServer, type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, parse } from 'graphql';
import { ERRORS, findPolygraphError, isErrorCode, PolygraphError } from '#platform/errors';
import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import { readScopeRequirements } from '#tenancy/needs-scopes';
import { createScopeCheck } from '../admission/scopes.ts';
import { checkVariableTypes } from '../admission/variables.ts';
import type { GatewayInterface } from '../execution/index.ts';
import type { GatewayContext } from '../execution/operation.ts';
import { createCompletionPlugin } from './completion.ts';
import { formatError } from './errors.ts';

export interface ServerOptions {
  gateway: GatewayInterface;
  supergraphSdl: string;
  settings: Pick<Settings, 'NODE_ENV' | 'MAX_TOKENS'>;
  log: Logger;
}

/** Apollo Server with all that reports, caches or shows pages switched off. Start it before use. */
export function createServer({ gateway, supergraphSdl, settings, log }: ServerOptions): ApolloServer<GatewayContext> {
  const production = settings.NODE_ENV === 'production';
  return new ApolloServer<GatewayContext>({
    gateway,
    // Admission refuses introspection in production with a cure; this is the second lock.
    introspection: !production,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: settings.MAX_TOKENS },
    formatError: (_formatted, error) => formatError(error, log),
    logger: { debug: () => {}, info: () => {}, warn: (text) => log.warn(text), error: (text) => log.error(text) },
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      createScopePlugin(supergraphSdl),
      createCompletionPlugin(),
      createTracePlugin(),
    ],
  });
}

/** A refusal of the whole request, with the status of its code. */
export function withStatus(error: unknown): unknown {
  const own = findPolygraphError(error);
  if (!own) return error;
  const http = { status: ERRORS[own.code].status, headers: new HeaderMap() };
  return new GraphQLError(own.message, { originalError: own, extensions: { ...own.extensions, http } });
}

function createScopePlugin(supergraphSdl: string): ApolloServerPlugin<GatewayContext> {
  const needed = readScopeRequirements(parse(supergraphSdl));
  const checks = new WeakMap<object, ReturnType<typeof createScopeCheck>>();
  return {
    requestDidStart: async () => ({
      async didResolveOperation({ schema, document, operation, request, contextValue }) {
        const check = checks.get(schema) ?? createScopeCheck(schema, needed);
        checks.set(schema, check);
        try {
          if (!operation) throw new PolygraphError('BAD_USER_INPUT', OPERATION_UNCLEAR);
          check(document, operation, contextValue.tenant);
          checkVariableTypes(schema, operation, request.variables);
        } catch (error) {
          throw withStatus(error);
        }
      },
    }),
  };
}

/** Notes the outcome and, where the caller asked, shows what the operation took. */
function createTracePlugin(): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      async willSendResponse({ response, contextValue: { trace, showTrace, requestId } }) {
        if (response.body.kind !== 'single') return;
        const { singleResult } = response.body;
        const code = singleResult.errors?.[0]?.extensions?.code;
        trace.code = isErrorCode(code) ? code : undefined;
        if (!showTrace) return;
        const polygraph = { requestId, storeQueries: trace.storeQueries ?? {}, fetches: trace.fetches };
        singleResult.extensions = { ...singleResult.extensions, polygraph };
      },
    }),
  };
}

const OPERATION_UNCLEAR =
  'Say with `operationName` which operation of the document to run; this one has none or several by that name.';
