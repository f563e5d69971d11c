import { type RefObject, useMemo, useRef } from 'react';
import type { Answer, Request } from './client.ts';
import type { PlaygroundConfig, PlaygroundExample } from './config.ts';
import type { EditorHandle } from './editor.tsx';
import { createExampleBook, parseVariables, printVariables } from './example-book.ts';
import type { Identity } from './identity.ts';

export interface Examples {
  /** Puts the example into the editor with variables that suit the caller. @throws Error to show to the reader */
  open(example: PlaygroundExample, identity: Identity): Promise<void>;
  /** Fits the variables of an example nobody has edited to another caller. @throws Error to show to the reader */
  refit(identity: Identity): Promise<void>;
  /** What the editor holds, as that caller would send it. */
  requestFor(identity: Identity): Promise<Request>;
  noteAnswer(answer: Answer): void;
}

/** Joins the editor with the saved operations: an untouched example follows the tenant, an edited text stays as it is. */
export function useExamples(editor: RefObject<EditorHandle | null>, config: PlaygroundConfig): Examples {
  const opened = useRef<{ example: PlaygroundExample; variables: string }>(undefined);
  return useMemo(() => {
    const book = createExampleBook(config.examples, config.endpoint);
    const untouched = (): PlaygroundExample | undefined => {
      const text = editor.current?.read();
      const isSame = text?.query === opened.current?.example.query.trim();
      return isSame && text?.variables === opened.current?.variables ? opened.current?.example : undefined;
    };
    const open: Examples['open'] = async (example, identity) => {
      const query = example.query.trim();
      opened.current = { example, variables: '' };
      editor.current?.write(query, '');
      const variables = printVariables(await book.variablesFor(example, identity));
      if (editor.current?.read().query !== query) return;
      opened.current = { example, variables };
      editor.current.write(query, variables);
    };
    return {
      open,
      async refit(identity) {
        const example = untouched();
        if (example) await open(example, identity);
      },
      async requestFor(identity) {
        const example = untouched();
        if (example) return { query: example.query, variables: await book.variablesFor(example, identity) };
        const { query = '', variables = '' } = editor.current?.read() ?? {};
        return { query, variables: parseVariables(variables) };
      },
      noteAnswer({ identity, body }) {
        const example = opened.current?.example;
        const isItsAnswer = editor.current?.read().query === example?.query.trim();
        if (example && isItsAnswer && body.data) book.remember(example, identity, body.data);
      },
    };
  }, [editor, config]);
}
