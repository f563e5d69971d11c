import { useEffect, useRef } from 'react';
import type { PlaygroundExample } from './config.ts';
import { isReadOnly, titleOf } from './operations.ts';

/** The saved operations. A disclosure, so that Enter, Space, Tab and Escape do what a reader expects. */
export function ExamplesMenu(props: {
  readonly examples: readonly PlaygroundExample[];
  readonly onExample: (example: PlaygroundExample) => void;
}) {
  const { examples, onExample } = props;
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const closeOutside = (event: Event) => {
      if (menu.current && !menu.current.contains(event.target as Node)) menu.current.open = false;
    };
    const closeOnEscape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !menu.current?.open) return;
      menu.current.open = false;
      menu.current.querySelector('summary')?.focus();
    };
    document.addEventListener('pointerdown', closeOutside);
    document.addEventListener('keydown', closeOnEscape);
    return () => {
      document.removeEventListener('pointerdown', closeOutside);
      document.removeEventListener('keydown', closeOnEscape);
    };
  }, []);
  return (
    <details className="pg-menu" ref={menu}>
      <summary className="pg-button">Examples</summary>
      <ul>
        {examples.map((example) => (
          <li key={example.name}>
            <button
              type="button"
              onClick={() => {
                if (menu.current) menu.current.open = false;
                onExample(example);
              }}
            >
              <span>{titleOf(example.name)}</span>
              {!isReadOnly(example.query) && <em>writes</em>}
              <small>{example.title}</small>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
