import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sectionsOf } from '#operations/import/sections';

test('a document is divided at its headings, and each part knows those above it', () => {
  const text = 'Intro.\n\n# One\n\nA.\n\n## Inner ##\n\nB.\n\n```sh\n# no heading\n```\n\n# Two\nC.';
  expect(sectionsOf(text)).toEqual([
    { path: [], text: 'Intro.' },
    { path: ['One'], text: '# One\n\nA.' },
    { path: ['One', 'Inner'], text: '## Inner ##\n\nB.\n\n```sh\n# no heading\n```' },
    { path: ['Two'], text: '# Two\nC.' },
  ]);
});

test('a long part is cut at a paragraph where there is one, and nothing is lost', () => {
  expect(sectionsOf(`${'a'.repeat(60)}\n\n${'b'.repeat(60)}`, 100).map(({ text }) => text[0])).toEqual(['a', 'b']);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      const parts = sectionsOf(text, 40);
      const letters = (all: string): string => all.replace(/\s/g, '');
      expect(letters(parts.map((part) => part.text).join(''))).toBe(letters(text));
      for (const part of parts) expect(part.text.length).toBeLessThanOrEqual(40);
    }),
    { numRuns: 100 },
  );
});
