import { Fragment } from 'react';
import type { Answer } from './client.ts';

/** One tenant's answer in the comparison. */
export function ComparedAnswer({ answer, rows }: { answer: Answer; rows: number }) {
  const { identity, status, milliseconds, body } = answer;
  const errors = body.errors?.length ?? 0;
  const shown = errors > 0 ? { errors: body.errors, data: body.data } : body.data;
  return (
    <section className="pg-column" data-hue={identity.hue} aria-label={`Answer of ${identity.name}`}>
      <h3>
        <span className="pg-dot" aria-hidden="true" />
        {identity.name}
        <span className="pg-tier">{identity.tier.toLowerCase()}</span>
      </h3>
      <p className="pg-quiet">
        {rows} {rows === 1 ? 'row' : 'rows'} · {Math.round(milliseconds)} ms · {status || 'no answer'}
        {errors > 0 && ` · ${errors} ${errors === 1 ? 'error' : 'errors'}`}
      </p>
      <pre>
        <Json value={shown} />
      </pre>
    </section>
  );
}

/** Colours keys and ids; a very long answer stays plain so that the panel opens at once. */
function Json({ value }: { value: unknown }) {
  const text = JSON.stringify(value, null, 2) ?? 'null';
  if (text.length > 60_000) return text;
  return linesOf(text).map(({ at, indent, key, rest }) => (
    <Fragment key={at}>
      {indent}
      {key !== undefined && <span className="pg-key">{key}: </span>}
      {key === 'id' ? <b className="pg-id">{rest}</b> : rest}
    </Fragment>
  ));
}

interface Line {
  /** Offset in the text. */
  readonly at: number;
  readonly indent: string;
  readonly key: string | undefined;
  readonly rest: string;
}

function linesOf(text: string): readonly Line[] {
  return [...text.matchAll(/^( *)(?:"([^"]+)": )?(.*\n?)/gm)].map((match) => {
    const [, indent = '', key, rest = ''] = match;
    return { at: match.index, indent, key, rest };
  });
}
