import type { Resolvers } from './generated/resolvers.ts';
import { renderMarkdown } from './html.ts';
import { daysWithin, within } from './limits.ts';
import { compareVersions } from './versions/compare-versions.ts';

/** A document's body, versions and figures. Everything of a document that the tenant does not have is null. */
export const documentResolvers: Pick<Resolvers, 'Content' | 'ContentVersion'> = {
  Content: {
    // The document is not looked up here: whoever asks for the id alone costs no command.
    __resolveReference: ({ id }) => ({ id }),
    body: async ({ id }, _args, { loaders }) => (await loaders.documents.load(id, 'body')) ?? null,
    async bodyHtml({ id }, _args, { loaders }) {
      const body = await loaders.documents.load(id, 'body');
      return body === undefined ? null : renderMarkdown(body);
    },
    async excerpt({ id }, { length }, { loaders }) {
      const most = within('length', length, 1, 2_000);
      const text = await loaders.documents.load(id, 'excerptText');
      return text === undefined ? null : shorten(text, most);
    },
    wordCount: async ({ id }, _args, { loaders }) => (await loaders.documents.load(id, 'wordCount')) ?? null,
    versionCount: async ({ id }, _args, { loaders }) => (await loaders.documents.load(id, 'versionCount')) ?? null,
    async versions({ id }, { first }, { loaders }) {
      const most = within('first', first, 1, 100);
      return whereDocumentIs(loaders.documents.load(id, 'versionCount'), loaders.versions.newest(id, most));
    },
    version: async ({ id }, { number }, { loaders }) =>
      (await whereDocumentIs(loaders.documents.load(id, 'versionCount'), loaders.versions.one(id, number))) ?? null,
    async compareVersions({ id }, { from, to, context }, { loaders }) {
      const around = within('context', context, 0, 20);
      const compared = compareVersions(loaders.versions, id, from, to, around);
      return whereDocumentIs(loaders.documents.load(id, 'versionCount'), compared);
    },
    async optimizations({ id }, { first, status }, { loaders }) {
      const suggested = loaders.optimizations.load(id, within('first', first, 1, 100), status ?? null);
      return whereDocumentIs(loaders.documents.load(id, 'versionCount'), suggested);
    },
    async attachments({ id }, { first }, { loaders }) {
      const attached = loaders.attachments.load(id, within('first', first, 1, 100));
      return whereDocumentIs(loaders.documents.load(id, 'versionCount'), attached);
    },
    async views({ id }, { days }, { loaders }) {
      const daily = loaders.performance.daily(id, daysWithin(days));
      const rows = await whereDocumentIs(loaders.documents.load(id, 'versionCount'), daily);
      return rows?.reduce((sum, { views }) => sum + views, 0) ?? null;
    },
    async performance({ id }, { days }, { loaders }) {
      const daily = loaders.performance.daily(id, daysWithin(days));
      return whereDocumentIs(loaders.documents.load(id, 'versionCount'), daily);
    },
    async hourlyPerformance({ id }, { hours }, { loaders }) {
      const hourly = loaders.performance.hourly(id, within('hours', hours, 1, 336));
      return whereDocumentIs(loaders.documents.load(id, 'versionCount'), hourly);
    },
  },
  ContentVersion: {
    body: async ({ contentId, number }, _args, { loaders }) => (await loaders.versions.body(contentId, number)) ?? null,
  },
};

/** Both are asked for at once; the answer counts only where the document is there. */
async function whereDocumentIs<T>(document: Promise<unknown>, answer: Promise<T>): Promise<T | null> {
  const [there, found] = await Promise.all([document, answer]);
  return there === undefined ? null : found;
}

/** At most `most` characters, cut between words where that loses little. */
function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const cut = text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '');
  const space = cut.lastIndexOf(' ');
  return `${(space > most * 0.6 ? cut.slice(0, space) : cut).trimEnd()}…`;
}
