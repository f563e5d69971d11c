import type { DemoTenant, PlaygroundExample } from './config.ts';
import { ExamplesMenu } from './examples.tsx';
import type { Caller, Identity } from './identity.ts';
import { TenantPicker, TokenField } from './picker.tsx';
import type { Theme } from './theme.ts';
import { Viewer } from './viewer.tsx';

interface TopBarProps {
  readonly tenants: readonly DemoTenant[];
  readonly choice: { readonly slug: string; readonly caller: Caller };
  readonly onPick: (slug: string, caller: Caller) => void;
  readonly onToken: (token: string) => void;
  readonly identity: Identity | undefined;
  readonly endpoint: string;
  readonly examples: readonly PlaygroundExample[];
  readonly onExample: (example: PlaygroundExample) => void;
  readonly onCompare: () => void;
  readonly theme: Theme;
  readonly onToggleTheme: () => void;
}

export function TopBar(props: TopBarProps) {
  const { tenants, choice, onPick, onToken, identity, endpoint, theme } = props;
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <header className="pg-topbar">
      <div className="pg-brand">
        <Mark />
        <h1>Polygraph</h1>
      </div>
      {tenants.length > 0 ? (
        <TenantPicker tenants={tenants} choice={choice} onPick={onPick} />
      ) : (
        <TokenField onToken={onToken} />
      )}
      <Viewer endpoint={endpoint} identity={identity} />
      <div className="pg-actions">
        <ExamplesMenu examples={props.examples} onExample={props.onExample} />
        {tenants.length > 1 && (
          <button type="button" className="pg-button pg-strong" onClick={props.onCompare}>
            Compare tenants
          </button>
        )}
        <button
          type="button"
          className="pg-button pg-icon"
          aria-label={`Use the ${other} theme`}
          title={`Use the ${other} theme`}
          onClick={props.onToggleTheme}
        >
          <ThemeIcon theme={theme} />
        </button>
      </div>
    </header>
  );
}

/** Four stores, one graph. */
function Mark() {
  return (
    <svg viewBox="0 0 24 24" width="26" height="26" aria-hidden="true" className="pg-mark">
      <path d="M12 4 20 12 12 20 4 12Z M12 4 12 20 M4 12 20 12" />
      <circle cx="12" cy="4" r="2.4" />
      <circle cx="20" cy="12" r="2.4" />
      <circle cx="12" cy="20" r="2.4" />
      <circle cx="4" cy="12" r="2.4" />
    </svg>
  );
}

function ThemeIcon({ theme }: { theme: Theme }) {
  return (
    <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" className="pg-lines">
      {theme === 'dark' ? (
        <>
          <circle cx="12" cy="12" r="4" />
          <path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4" />
        </>
      ) : (
        <path d="M20 14.5A8 8 0 0 1 9.5 4 8 8 0 1 0 20 14.5Z" />
      )}
    </svg>
  );
}
