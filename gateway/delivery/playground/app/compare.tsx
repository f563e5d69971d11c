import { useEffect, useRef, useState } from 'react';
import { type Answer, type Request, send } from './client.ts';
import { ComparedAnswer } from './compared.tsx';
import { type AnswerFacts, compare, factsOf } from './facts.ts';
import { CALLER_NAMES, type Identity } from './identity.ts';
import { isReadOnly, pickOperationName } from './operations.ts';

/** The query as it stood when the panel was opened, and as whom it is sent. */
export interface Compared {
  readonly query: string;
  readonly requests: readonly { readonly caller: Identity; readonly request: Request }[];
}

interface ComparePanelProps {
  readonly endpoint: string;
  readonly compared: Compared;
  readonly onClose: () => void;
}

/** The same query as every tenant at once, the answers side by side, and what they have in common. */
export function ComparePanel({ endpoint, compared, onClose }: ComparePanelProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [answers, setAnswers] = useState<readonly Answer[]>();
  const comparable = isReadOnly(compared.query);
  useEffect(() => dialog.current?.showModal(), []);
  useEffect(() => {
    if (!isReadOnly(compared.query)) return;
    const operationName = pickOperationName(compared.query, undefined);
    const sent = compared.requests.map(({ caller, request }) => send(endpoint, { ...request, operationName }, caller));
    void Promise.all(sent).then(setAnswers);
  }, [endpoint, compared]);
  const facts = answers?.map(({ body }) => factsOf(body.data)) ?? [];
  const role = CALLER_NAMES[compared.requests[0]?.caller.caller ?? 'owner'];
  return (
    <dialog className="pg-compare" ref={dialog} onClose={onClose} aria-labelledby="compare-title">
      <header>
        <hgroup>
          <h2 id="compare-title">One query, every tenant</h2>
          <p className="pg-quiet">
            Sent with the {role} credential of each. Variables that name an id are looked up for each tenant.
          </p>
        </hgroup>
        <button type="button" className="pg-button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      {!comparable && (
        <p className="pg-verdict">Only queries are compared: this operation may write, or it does not parse.</p>
      )}
      {answers && <Verdict facts={facts} />}
      <div className="pg-columns">
        {answers?.map((answer, index) => (
          <ComparedAnswer key={answer.identity.name} answer={answer} rows={facts[index]?.rows ?? 0} />
        ))}
      </div>
    </dialog>
  );
}

function Verdict({ facts }: { facts: readonly AnswerFacts[] }) {
  const { sharedIds, sharedTitles, idCount } = compare(facts);
  if (idCount === 0) {
    return <p className="pg-verdict">The answers hold no id, so nothing can be compared. Select `id` in the query.</p>;
  }
  const titles = sharedTitles.length === 1 ? '1 title occurs' : `${sharedTitles.length} titles occur`;
  return (
    <p className="pg-verdict" data-failed={sharedIds.length > 0}>
      <strong>
        {sharedIds.length === 0
          ? `${idCount} ids, none of them in two answers.`
          : `${sharedIds.length} of ${idCount} ids are in more than one answer: ${sharedIds.slice(0, 3).join(', ')}`}
      </strong>
      {sharedTitles.length > 0 && sharedIds.length === 0 && ` ${titles} in several, as different documents.`}
    </p>
  );
}
