import type { FastifyRequest } from 'fastify';

/** What the picker of the local demo needs; a part of .polygraph/demo.json, never the platform administrator's token. */
export interface DemoSession {
  readonly tenants: readonly DemoTenant[];
}

export interface DemoTenant {
  readonly id: string;
  readonly slug: string;
  readonly tier: string;
  readonly tokens: { readonly owner: string; readonly editor: string; readonly viewer: string };
  readonly apiKey: string;
}

/** Copies the named fields only, so that what else the demo file holds never reaches a browser. */
export function toDemoSession(demo: DemoSession): DemoSession {
  const tenants = demo.tenants.map(({ id, slug, tier, tokens, apiKey }) => {
    const { owner, editor, viewer } = tokens;
    return { id, slug, tier, tokens: { owner, editor, viewer }, apiKey };
  });
  return { tenants };
}

/**
 * Demo tokens leave the process only for a page that this very gateway served
 * on this very machine. Three ways in are closed: another machine (address),
 * a web site whose name was rebound to 127.0.0.1 (host), another site's page
 * open in the same browser (fetch metadata and origin). A proxy on this machine
 * would make everybody look local, so a forwarded request is refused as well.
 */
export function isLocalPage(request: FastifyRequest): boolean {
  const { headers } = request;
  if (!LOOPBACK_ADDRESS.test(request.socket.remoteAddress ?? '')) return false;
  if (FORWARDED.some((name) => headers[name] !== undefined)) return false;
  const host = headers.host ?? '';
  if (!LOOPBACK_HOST.test(host)) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return headers.origin === undefined || headers.origin === `http://${host}`;
}

const LOOPBACK_ADDRESS = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'] as const;
