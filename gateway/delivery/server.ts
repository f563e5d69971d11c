import { ApolloServer, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError } from 'graphql';
import { ERRORS, findPolygraphError } from '#platform/errors';
import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import type { GatewayInterface } from '../execution/index.ts';
import type { GatewayContext } from '../execution/operation.ts';
import { formatError } from './errors.ts';
import type { KnownOperations } from './known-operations.ts';
import { createStepsPlugin, type Steps } from './steps.ts';

export interface ServerOptions {
  gateway: GatewayInterface;
  steps: Steps;
  /** Learns what is parsed and validated here. */
  known: KnownOperations;
  settings: Pick<Settings, 'NODE_ENV' | 'MAX_TOKENS'>;
  log: Logger;
}

/** Apollo Server with all that reports, caches or shows pages switched off. Start it before use. */
export function createServer({ gateway, steps, known, settings, log }: ServerOptions): ApolloServer<GatewayContext> {
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
      createStepsPlugin(steps, withStatus),
      known.plugin,
    ],
  });
}

/** A refusal of the whole request, with the status of its code. */
function withStatus(error: unknown): unknown {
  const own = findPolygraphError(error);
  if (!own) return error;
  const http = { status: ERRORS[own.code].status, headers: new HeaderMap() };
  const { retryAfterSeconds } = own.extensions;
  if (typeof retryAfterSeconds === 'number') http.headers.set('retry-after', String(retryAfterSeconds));
  return new GraphQLError(own.message, { originalError: own, extensions: { ...own.extensions, http } });
}
