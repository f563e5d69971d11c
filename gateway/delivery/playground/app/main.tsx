import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { type DemoSession, fetchDemoSession, readConfig } from './config.ts';
import 'graphiql/style.css';
import './tokens.css';
import './layout.css';
import './editor.css';
import './compare.css';

const config = readConfig();
const root = document.getElementById('root');
const session: DemoSession | undefined = config.demo ? await fetchDemoSession() : undefined;
if (root) createRoot(root).render(<App config={config} tenants={session?.tenants ?? []} />);
