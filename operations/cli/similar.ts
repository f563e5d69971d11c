import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { markdownTable } from '#docs/table';
import { CommandError } from './explain.ts';
import { LOCAL_DIR } from './root.ts';

export const command = new Command('similar')
  .description('ask the running demo which documents are similar to some, and why, and print it as Markdown')
  .argument('[slugs...]', 'documents of the tenant', ['graphql', 'pg', 'jose'])
  .option('--tenant <slug>', 'a demo tenant', 'acme')
  .option('--write', 'put it into docs/knowledge.md', false)
  .action(async (slugs: string[], { tenant, write }: { tenant: string; write: boolean }) => {
    const ask = await openDemo(tenant);
    const parts: string[] = [];
    for (const slug of slugs) parts.push(describe(slug, await ask(slug)));
    const text = parts.join('\n\n');
    process.stdout.write(`${text}\n`);
    if (write) await (await import('#docs/section')).writeSection('knowledge.md', 'similar', text);
  });

interface Found {
  readonly title: string;
  readonly summary: string | null;
  readonly similar: readonly {
    readonly score: number;
    readonly content: { readonly title: string; readonly summary: string | null };
    readonly reasons: readonly { readonly share: number; readonly name: string; readonly topic: object | null }[];
  }[];
  readonly topicSuggestions: readonly {
    readonly score: number;
    readonly topic: { readonly name: string };
    readonly reasons: readonly {
      readonly share: number;
      readonly content: { readonly title: string } | null;
      readonly keyword: { readonly name: string } | null;
    }[];
  }[];
}

/** @throws CommandError where no demo runs on this machine */
async function openDemo(slug: string): Promise<(document: string) => Promise<Found>> {
  const { DEMO_FILE } = await import('#operations/demo/files');
  const text = await readFile(path.join(LOCAL_DIR, 'demo.json'), 'utf8').catch(() => undefined);
  if (text === undefined) throw new CommandError('There is no demo here. Start it in another terminal:  npm start');
  const { url, tenants } = DEMO_FILE.parse(JSON.parse(text));
  const tenant = tenants.find((one) => one.slug === slug);
  if (!tenant) throw new CommandError(`Demo tenants: ${tenants.map((one) => one.slug).join(', ')}.`);
  return async (document) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${tenant.tokens.viewer}` },
      body: JSON.stringify({ query: QUERY, variables: { slug: document } }),
    });
    const { data, errors } = (await response.json()) as { data?: { contentBySlug: Found | null }; errors?: unknown };
    if (errors) throw new CommandError(JSON.stringify(errors));
    return data?.contentBySlug ?? Promise.reject(new CommandError(`${slug} has no document ${document}.`));
  };
}

function describe(slug: string, { title, summary, similar, topicSuggestions }: Found): string {
  const neighbours = similar.map(({ score, content, reasons }) => [
    `**${content.title}**: ${content.summary ?? ''}`,
    score.toFixed(3),
    reasons.map(({ share, name, topic }) => `${topic ? 'topic' : 'keyword'} ${name} ${share.toFixed(3)}`).join(', '),
  ]);
  const suggestions = topicSuggestions.map(({ score, topic, reasons }) => [
    `**${topic.name}**`,
    score.toFixed(3),
    reasons
      .map(({ share, content, keyword }) => `${content?.title ?? `keyword ${keyword?.name}`} ${share.toFixed(3)}`)
      .join(', '),
  ]);
  return [
    `### ${slug}`,
    `${title}: ${summary ?? ''}`,
    markdownTable(['Similar document', 'Score', 'Because of, adding'], neighbours),
    markdownTable(['Topic it might have, too', 'Score', 'Because of, adding'], suggestions),
  ].join('\n\n');
}

const QUERY = `query Similar($slug: String!) {
  contentBySlug(slug: $slug) {
    title
    summary
    similar(first: 3) { score content { title summary } reasons(first: 20) { share name topic { id } } }
    topicSuggestions(first: 3) { score topic { name } reasons(first: 3) { share content { title } keyword { name } } }
  }
}`;
