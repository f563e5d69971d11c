import type { Bundle } from './bundle.ts';

/** What the page is told when it is served. No secret: the page is public. */
export interface PlaygroundConfig {
  readonly endpoint: string;
  /** True where /playground/session offers demo tenants; otherwise the page asks for a token. */
  readonly demo: boolean;
  readonly examples: readonly PlaygroundExample[];
}

export interface PlaygroundExample {
  /** File name without extension, as in `01-newest-published`. */
  readonly name: string;
  /** One sentence on what it shows. */
  readonly title: string;
  readonly query: string;
  /** References to other examples included, as schema/examples.ts describes them; the page resolves them for each tenant. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * Everything comes from the gateway itself. Inline styles are allowed because
 * the editor's dialogs insert a style element; inline scripts never are.
 */
export const PLAYGROUND_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function renderPage(bundle: Bundle, config: PlaygroundConfig): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Polygraph playground</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${ASSETS}${bundle.style.file}">
<script type="module" src="${ASSETS}${bundle.script.file}"></script>
</head>
<body>
<div id="root"></div>
<noscript>The playground needs JavaScript. The API itself does not: POST ${config.endpoint}.</noscript>
<script type="application/json" id="config">${escapeForScript(JSON.stringify(config))}</script>
</body>
</html>
`;
}

export const ASSETS = '/playground/assets/';

/** Inside a script element only `<` can end the element or open a comment. */
function escapeForScript(json: string): string {
  return json.replaceAll('<', '\\u003c');
}

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#0f766e" stroke-width="2"><path d="M12 4 20 12 12 20 4 12Z"/><circle cx="12" cy="4" r="2.5" fill="#0f766e"/><circle cx="20" cy="12" r="2.5" fill="#0f766e"/><circle cx="12" cy="20" r="2.5" fill="#0f766e"/><circle cx="4" cy="12" r="2.5" fill="#0f766e"/></svg>',
)}`;
