import { useEffect, useState } from 'react';
import { type AnswerBody, send } from './client.ts';
import type { Identity } from './identity.ts';

interface Seen {
  readonly text: string;
  readonly title: string;
  readonly failed: boolean;
}

/** Who the gateway says is calling: its own words, not the picker's. */
export function Viewer({ endpoint, identity }: { endpoint: string; identity: Identity | undefined }) {
  const [seen, setSeen] = useState<Seen>();
  useEffect(() => {
    let stale = false;
    setSeen(undefined);
    if (identity) {
      send(endpoint, { query: QUERY, operationName: 'PlaygroundViewer' }, identity).then(({ body }) => {
        if (!stale) setSeen(describe(body));
      });
    }
    return () => {
      stale = true;
    };
  }, [endpoint, identity]);
  if (!identity) return <p className="pg-viewer">Not signed in</p>;
  return (
    <p className="pg-viewer" aria-live="polite" title={seen?.title} data-failed={seen?.failed}>
      {seen?.text ?? 'Asking the gateway who you are'}
    </p>
  );
}

function describe({ data, errors }: AnswerBody): Seen {
  const viewer = (data as { viewer?: ViewerData | null } | null | undefined)?.viewer;
  if (!viewer) {
    const first = errors?.[0];
    return {
      text: first?.message ?? 'The gateway did not say who you are.',
      title: first?.extensions?.code ?? '',
      failed: true,
    };
  }
  const who = viewer.user?.name ?? (viewer.kind === 'API_KEY' ? 'An API key' : viewer.kind.toLowerCase());
  const roles = viewer.roles.join(' and ').toLowerCase();
  return {
    text: `${who}${roles && `, ${roles}`} of ${viewer.tenant.name}`,
    title: `As the gateway verified it. Scopes: ${viewer.scopes.join(', ')}`,
    failed: false,
  };
}

interface ViewerData {
  readonly kind: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly user: { readonly name: string } | null;
  readonly tenant: { readonly name: string };
}

const QUERY = 'query PlaygroundViewer { viewer { kind roles scopes user { name } tenant { name } } }';
