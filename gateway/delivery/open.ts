import { dangerouslyIdentifyNobody } from '../identity/anonymous.ts';
import { type Gateway, type ServeOptions, serve } from './serve.ts';

export type OpenGatewayOptions = Omit<ServeOptions, 'health'>;

/**
 * Serves any supergraph to anybody: no identity, no rates, no assertions, no rule
 * of tenancy. For development and measurements on this machine, so it takes no
 * address that another machine can reach.
 * @throws TypeError where HOST is not loopback; Error of Node where the port is taken
 */
export function dangerouslyServeWithoutTenancy(options: OpenGatewayOptions): Promise<Gateway> {
  if (!LOOPBACK.has(options.settings.HOST)) {
    throw new TypeError(`Without tenancy the gateway listens on loopback only; HOST is ${options.settings.HOST}.`);
  }
  return serve(
    { ...options, health: { check: async () => [] } },
    {
      identify: dangerouslyIdentifyNobody(),
      takeRequest: undefined,
      sign: undefined,
      jwks: undefined,
      checkSupergraph: () => {},
    },
  );
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);
