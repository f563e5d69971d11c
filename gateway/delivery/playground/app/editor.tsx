import { useEditorContext, useExecutionContext, useSchemaStore } from '@graphiql/react';
import type { Fetcher, FetcherParams } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { type RefObject, useCallback, useEffect, useImperativeHandle, useRef, useState } from 'react';
import { type Answer, send } from './client.ts';
import type { PlaygroundExample } from './config.ts';
import type { Identity } from './identity.ts';
import { pickOperationName } from './operations.ts';
import type { Theme } from './theme.ts';
import { createTurns, type Turns } from './turns.ts';

/** What the rest of the page may do with the editor. */
export interface EditorHandle {
  run(): void;
  clearAnswer(): void;
  write(query: string, variables: string): void;
  read(): EditorText;
  /** Asks for the schema again, for a caller who could not read it before. */
  introspect(): void;
}

/** The document and its variables, as they stand in the editor. */
export interface EditorText {
  readonly query: string;
  readonly variables: string;
}

interface EditorProps {
  readonly handle: RefObject<EditorHandle | null>;
  readonly endpoint: string;
  readonly identity: RefObject<Identity | undefined>;
  readonly first: PlaygroundExample | undefined;
  readonly theme: Theme;
  readonly onAnswer: (answer: Answer) => void;
  /** Once, when there is an editor to run. */
  readonly onReady: () => void;
}

/**
 * GraphiQL with one document, and requests sent as the picked caller. Its tabs are
 * hidden: each would keep the answer of the tenant that was picked when it ran.
 */
export function Editor({ handle, endpoint, identity, first, theme, onAnswer, onReady }: EditorProps) {
  const [turns] = useState(createTurns);
  const fetcher: Fetcher = useCallback(
    async ({ query, variables, operationName }: FetcherParams) => {
      if (!identity.current) return { errors: [{ message: 'Paste a token first: the gateway answers nobody else.' }] };
      const request = { query, variables, operationName: pickOperationName(query, operationName) };
      if (operationName === INTROSPECTION) return (await send(endpoint, request, identity.current)).body;
      const outcome = turns.start();
      const answer = await send(endpoint, request, identity.current);
      if (outcome() === 'replaced') return NEVER;
      if (outcome() === 'cleared') return nothing();
      onAnswer(answer);
      return withoutTrace(answer);
    },
    [endpoint, identity, onAnswer, turns],
  );
  return (
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={[{ query: first?.query.trim() ?? '{ __typename }' }]}
      introspectionQueryName={INTROSPECTION}
      isHeadersEditorEnabled={false}
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
      defaultEditorToolsVisibility="variables"
      forcedTheme={theme}
    >
      <GraphiQL.Toolbar>
        {({ prettify, copy }) => (
          <>
            {prettify}
            {copy}
            <Bridge handle={handle} turns={turns} onReady={onReady} />
          </>
        )}
      </GraphiQL.Toolbar>
    </GraphiQL>
  );
}

/** Sits inside GraphiQL's providers and hands what it finds there to the page. */
function Bridge({ handle, turns, onReady }: Pick<EditorProps, 'handle' | 'onReady'> & { readonly turns: Turns }) {
  const { run } = useExecutionContext({ nonNull: true });
  const introspect = useSchemaStore((store) => store.introspect);
  const { queryEditor, variableEditor, responseEditor } = useEditorContext({ nonNull: true });
  useImperativeHandle(
    handle,
    () => ({
      run,
      clearAnswer() {
        turns.clear();
        responseEditor?.setValue('');
      },
      write(query, variables) {
        queryEditor?.setValue(query);
        variableEditor?.setValue(variables);
      },
      read: () => ({ query: queryEditor?.getValue() ?? '', variables: variableEditor?.getValue() ?? '' }),
      introspect,
    }),
    [run, introspect, turns, queryEditor, variableEditor, responseEditor],
  );
  const ready = useRef(false);
  useEffect(() => {
    if (ready.current || !queryEditor || !variableEditor || !responseEditor) return;
    ready.current = true;
    onReady();
  }, [queryEditor, variableEditor, responseEditor, onReady]);
  return null;
}

/** The status bar shows the trace; the answer is what a client without the trace header would get. */
function withoutTrace({ body }: Answer) {
  const { polygraph: _, ...extensions } = body.extensions ?? {};
  const { extensions: __, ...rest } = body;
  return Object.keys(extensions).length > 0 ? { ...rest, extensions } : { ...rest };
}

/** GraphiQL writes no answer and stops waiting. */
async function* nothing(): AsyncGenerator<never> {}

/** GraphiQL goes on waiting: for the request that replaced this one. */
const NEVER = new Promise<never>(() => undefined);

const INTROSPECTION = 'PlaygroundIntrospection';
