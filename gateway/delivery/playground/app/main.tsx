import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { fetchDemoSession, readConfig } from './config.ts';
import 'graphiql/style.css';
import './tokens.css';
import './layout.css';
import './editor.css';
import './compare.css';

const config = readConfig();
const element = document.getElementById('root');
if (element) {
  const root = createRoot(element);
  const waiting = <p className="pg-waiting">The demo tenants are being made. This page goes on by itself.</p>;
  const session = config.demo ? await fetchDemoSession(() => root.render(waiting)) : undefined;
  root.render(<App config={config} tenants={session?.tenants ?? []} />);
}
