import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { recallChoice, rememberChoice } from './choice.ts';
import type { Answer } from './client.ts';
import { type Compared, ComparePanel } from './compare.tsx';
import type { DemoTenant, PlaygroundConfig, PlaygroundExample } from './config.ts';
import { Editor, type EditorHandle } from './editor.tsx';
import { type Caller, type Identity, identityOf, identityOfToken } from './identity.ts';
import { isReadOnly } from './operations.ts';
import { StatusBar } from './statusbar.tsx';
import { useTheme } from './theme.ts';
import { TopBar } from './topbar.tsx';
import { useExamples } from './use-examples.ts';

export function App({ config, tenants }: { config: PlaygroundConfig; tenants: readonly DemoTenant[] }) {
  const editor = useRef<EditorHandle>(null);
  const examples = useExamples(editor, config);
  const [choice, setChoice] = useState(() => recallChoice(tenants));
  const [token, setToken] = useState('');
  const [answer, setAnswer] = useState<Answer>();
  const [notice, setNotice] = useState('');
  const [compared, setCompared] = useState<Compared>();
  const [theme, toggleTheme] = useTheme();

  const identity = useMemo(
    () => identityOf(tenants, choice.slug, choice.caller) ?? (token ? identityOfToken(token) : undefined),
    [tenants, choice, token],
  );
  const current = useRef<Identity>(undefined);
  current.current = identity;

  /**
   * Takes the former answer off the screen, prepares the editor for the caller and
   * runs it. Only what reads is run: a click on a tenant must not write into it.
   */
  const renew = useCallback(async (prepare: (caller: Identity) => Promise<void>) => {
    const caller = current.current;
    editor.current?.clearAnswer();
    setAnswer(undefined);
    setNotice('');
    try {
      if (caller) await prepare(caller);
      if (!caller || caller !== current.current) return;
      if (isReadOnly(editor.current?.read().query ?? '')) editor.current?.run();
      else setNotice('Not run by itself, because it may write. Press run to send it.');
    } catch (error) {
      setNotice(error instanceof Error ? error.message : String(error));
    }
  }, []);

  const former = useRef(identity);
  useEffect(() => {
    if (former.current === identity) return;
    if (!former.current) editor.current?.introspect();
    former.current = identity;
    void renew(examples.refit);
  }, [identity, renew, examples]);

  const pick = useCallback((slug: string, caller: Caller) => {
    rememberChoice(slug, caller);
    setChoice({ slug, caller });
  }, []);

  const open = useCallback(
    (example: PlaygroundExample) => renew((caller) => examples.open(example, caller)),
    [renew, examples],
  );

  /** The first visit opens the first example; a later one finds the text as it was left. */
  const start = useCallback(() => {
    const first = config.examples[0];
    const isFirstVisit = first && editor.current?.read().query === first.query.trim();
    void renew(isFirstVisit ? (caller) => examples.open(first, caller) : examples.refit);
  }, [config, examples, renew]);

  const onAnswer = useCallback(
    (next: Answer) => {
      if (next.identity !== current.current) return;
      examples.noteAnswer(next);
      setNotice('');
      setAnswer(next);
    },
    [examples],
  );

  const compare = useCallback(async () => {
    const callers = tenants
      .map(({ slug }) => identityOf(tenants, slug, choice.caller))
      .filter((one) => one !== undefined);
    try {
      const requests = await Promise.all(
        callers.map(async (caller) => ({ caller, request: await examples.requestFor(caller) })),
      );
      setCompared({ query: editor.current?.read().query ?? '', requests });
    } catch (error) {
      setNotice(error instanceof Error ? error.message : String(error));
    }
  }, [tenants, choice, examples]);

  return (
    <div className="pg-app" data-hue={identity?.hue}>
      <TopBar
        tenants={tenants}
        choice={choice}
        onPick={pick}
        onToken={setToken}
        identity={identity}
        endpoint={config.endpoint}
        examples={config.examples}
        onExample={open}
        onCompare={compare}
        theme={theme}
        onToggleTheme={toggleTheme}
      />
      <main className="pg-main">
        <Editor
          handle={editor}
          endpoint={config.endpoint}
          identity={current}
          first={config.examples[0]}
          theme={theme}
          onAnswer={onAnswer}
          onReady={start}
        />
      </main>
      <StatusBar identity={identity} answer={answer} notice={notice} />
      {compared && (
        <ComparePanel endpoint={config.endpoint} compared={compared} onClose={() => setCompared(undefined)} />
      )}
    </div>
  );
}
