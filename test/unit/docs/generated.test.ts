import { expect, test } from 'vitest';
import { renderErrors } from '#docs/errors';
import { checkDocs } from '#docs/generate';
import { renderSettings } from '#docs/settings';
import { markdownTable } from '#docs/table';
import { ERRORS } from '#platform/errors';
import { SETTINGS } from '#platform/settings';

test('the generated pages say what the code says', async () => {
  expect(await checkDocs(), 'run: node bin/polygraph.mjs docs').toEqual([]);
});

test('every error code and every setting has a row with its meaning', () => {
  for (const [code, { status, cure }] of Object.entries(ERRORS)) {
    expect(renderErrors()).toContain(`| \`${code}\` | ${status} | ${cure} |`);
  }
  for (const [name, { description }] of Object.entries(SETTINGS.shape)) {
    expect(description, name).toBeTruthy();
    expect(renderSettings()).toContain(`| \`${name}\` | ${description} |`);
  }
});

test('a bar in a cell does not end it', () => {
  expect(markdownTable(['a'], [['x | y']]).split('\n')[2]).toBe('| x \\| y |');
});
