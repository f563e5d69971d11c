import type { Answer } from './client.ts';
import { CALLER_NAMES, type Identity } from './identity.ts';

const STORES: readonly (readonly [string, string])[] = [
  ['postgres', 'PostgreSQL'],
  ['mongo', 'MongoDB'],
  ['neo4j', 'Neo4j'],
  ['redis', 'Redis'],
];

/** Whose answer is on the screen, how long it took and what it cost. */
export function StatusBar(props: {
  readonly identity: Identity | undefined;
  readonly answer: Answer | undefined;
  readonly notice: string;
}) {
  const { identity, answer, notice } = props;
  return (
    <footer className="pg-status" aria-live="polite">
      {identity && (
        <span className="pg-whose" data-hue={identity.hue}>
          <span className="pg-dot" aria-hidden="true" />
          {identity.tier ? `${identity.name}, ${CALLER_NAMES[identity.caller]}` : 'the pasted token'}
        </span>
      )}
      {answer ? <Figures answer={answer} /> : <span className="pg-quiet">{notice || 'No answer yet'}</span>}
    </footer>
  );
}

function Figures({ answer }: { answer: Answer }) {
  const { status, milliseconds, storeQueries, requestId, body } = answer;
  const errors = body.errors?.length ?? 0;
  return (
    <>
      <span data-failed={errors > 0 || status >= 400 || status === 0}>
        {status === 0 ? 'no answer' : `HTTP ${status}`}
        {errors > 0 && `, ${errors} ${errors === 1 ? 'error' : 'errors'}`}
      </span>
      <span>{milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms</span>
      {storeQueries && (
        <span className="pg-stores" title="Statements sent to each store for this answer">
          {STORES.map(([key, name]) => (
            <span key={key} data-zero={!storeQueries[key]}>
              {name} <b>{storeQueries[key] ?? 0}</b>
            </span>
          ))}
        </span>
      )}
      {requestId && (
        <button
          type="button"
          className="pg-copy"
          title="Copy the request id; the logs carry it"
          onClick={() => void navigator.clipboard.writeText(requestId)}
        >
          request {requestId}
        </button>
      )}
    </>
  );
}
