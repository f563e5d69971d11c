import { loadExamples } from '#schema/examples';
import { readDemoFile } from '../demo/files.ts';

/**
 * Asks the first saved operation once as each demo tenant. The first query of a
 * form takes a cold Neo4j longer than a request may wait for it; a person should
 * not be the one to find out. An answer that does not come changes nothing.
 */
export async function warmUp(url: string, demoDir: string): Promise<void> {
  const [example] = loadExamples();
  const demo = await readDemoFile(demoDir);
  if (!example || !demo) return;
  const body = JSON.stringify({ query: example.query, variables: example.variables });
  for (const { tokens } of demo.tenants) {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${tokens.viewer}` };
    const signal = AbortSignal.timeout(LONGEST_MS);
    await fetch(`${url}/graphql`, { method: 'POST', headers, body, signal }).then(
      (response) => response.arrayBuffer(),
      () => undefined,
    );
  }
}

const LONGEST_MS = 5_000;
