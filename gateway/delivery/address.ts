import type { IncomingMessage } from 'node:http';
import proxyAddress from '@fastify/proxy-addr';

/** Who calls, as far as addresses say it. */
export type AddressOf = (request: IncomingMessage) => string;

/**
 * @param trusted comma-separated addresses or networks whose `x-forwarded-for` is believed; of others it is a claim
 * that anybody can make
 * @throws TypeError for what is no address
 */
export function createAddressOf(trusted: string | undefined): AddressOf {
  if (!trusted) return ({ socket }) => socket.remoteAddress ?? 'unknown';
  const isTrusted = proxyAddress.compile(
    trusted
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean),
  );
  return (request) => proxyAddress(request, isTrusted) ?? 'unknown';
}
