import fc from 'fast-check';
import { marked } from 'marked';
import sanitizeHtml from 'sanitize-html';
import { describe, expect, it } from 'vitest';
import { sanitizeMarkdown } from '#platform/sanitize';

describe('sanitizeMarkdown', () => {
  it.each([
    ['a fence', '# Use\n\n```html\n<script>alert(1)</script>\n```\n\nDone.'],
    ['a fence of tildes', '~~~\n<img src=x onerror=alert(1)>\n~~~'],
    ['a fence in a list', '1. Do\n\n   ```html\n   <script src="x"></script>\n   ```\n2. Then'],
    ['a fence in a quotation', '> ```js\n> el.innerHTML = "<script>";\n> ```\n'],
    ['an indented block', 'Text\n\n    <iframe src="x"></iframe>\n\nText'],
    ['a code span', 'Put `<script>` first, `<a onclick=x>` never.'],
    ['a code span in a table', '| a | b |\n|---|---|\n| `<script>` | x |\n'],
    ['a comparison', 'if a < b && c > d then 1 <2'],
    ['an address', 'See <https://example.org/a?b=c&d=e> or <me@example.org>.'],
    ['harmless HTML', '<p align="center"><img src="https://x.org/a.png" alt="A" /></p>'],
    ['links', '[a](https://x.org "title") ![b](./b.png) [c]: https://x.org'],
    ['details', '<details>\n<summary>More</summary>\n\nText\n\n</details>'],
  ])('leaves %s as it is', (_, markdown) => {
    expect(sanitizeMarkdown(markdown)).toBe(markdown);
  });

  it.each([
    ['<script>alert(1)</script>after', 'after'],
    ['a<SCRIPT src=x></SCRIPT >b', 'ab'],
    ['<img src=x onerror=alert(1)>', '<img src="x" />'],
    ['<a href="javascript:alert(1)">x</a>', '<a>x</a>'],
    ['<a href="https://x.org" onclick="alert(1)">x</a>', '<a href="https://x.org">x</a>'],
    ['[x](javascript:alert(1))', '[x](#)'],
    ['[x](  JaVaScript:alert(1) "t")', '[x](  # "t")'],
    ['[x](java&#115;cript&colon;alert(1))', '[x](#)'],
    ['[x](<java\tscript:alert(1)>)', '[x](#)'],
    ['[x](javascript\\:alert(1))', '[x](#)'],
    ['[x]\n\n[x]: javascript:alert(1)', '[x]\n\n[x]: #'],
    ['[x](data:text/html;base64,AAAA)', '[x](#)'],
    ['<javascript:alert(1)>', '&lt;javascript:alert(1)>'],
    ['<iframe src=javascript:alert(1)\n\nmore', '&lt;iframe src=javascript:alert(1)\n\nmore'],
    ['<scr<script></script>ipt>alert(1)', '&lt;script>alert(1)'],
    ['<!-- a -->b', 'b'],
    ['run <task> now', 'run &lt;task> now'],
  ])('makes %j harmless', (markdown, expected) => {
    expect(sanitizeMarkdown(markdown)).toBe(expected);
  });

  it('does not take a fence inside an HTML block for code', () => {
    expect(sanitizeMarkdown('<div>\n```\n<img src=x onerror=alert(1)>\n```\n</div>')).not.toContain('onerror');
  });

  it.each(['<a `> x ` <img src=x onerror=alert(1)> `', '<a b="<" c=\'`\'> <img src=x onerror=alert(1)> `'])(
    'does not pair a backtick inside a tag: %s',
    (markdown) => {
      const html = marked.parse(sanitizeMarkdown(markdown), { async: false });
      expect(dangersOf(html)).toEqual([]);
    },
  );

  it('leaves nothing that runs, whatever the pieces', () => {
    const pieces = fc.constantFrom(
      ...[
        '<',
        '>',
        '"',
        "'",
        '`',
        '```\n',
        '\n',
        '\n\n',
        '> ',
        '- ',
        '    ',
        '](',
        ')',
        '[x',
        ']: ',
        '<!--',
        '-->',
        '\\',
      ],
      ...['<script>', '</script>', '<img src=x onerror=alert(1)', '<div>', '</div>', '<svg onload=alert(1)>', '<a '],
      ...[
        'href=javascript:alert(1)',
        'javascript:alert(1)',
        '&#106;avascript:alert(1)',
        ' onclick="x"',
        'text',
        '=',
        '/',
      ],
    );
    const check = (parts: string[]): void => {
      const html = marked.parse(sanitizeMarkdown(parts.join('')), { async: false });
      expect(dangersOf(html), JSON.stringify(parts)).toEqual([]);
    };
    fc.assert(fc.property(fc.array(pieces, { maxLength: 14 }), check), { numRuns: 5_000, seed: 20_261_121 });
  });

  it('takes a megabyte of hostile text in its stride', () => {
    const attacks = [
      '<script>',
      '<!--',
      '](<',
      '<a "',
      '`',
      '<a <',
      '&#1',
      '[x]: ',
      '<script',
      '- ',
      '> ',
      '**a',
      '``a`',
      '<div>\n',
    ];
    for (const attack of attacks) {
      const started = performance.now();
      sanitizeMarkdown(attack.repeat(Math.floor(200_000 / attack.length)));
      expect(performance.now() - started, attack).toBeLessThan(2_000);
    }
  });
});

/** What an HTML parser sees in it that a browser would run. */
function dangersOf(html: string): string[] {
  const found: string[] = [];
  sanitizeHtml(html, {
    allowedTags: false,
    allowedAttributes: false,
    allowVulnerableTags: true,
    transformTags: {
      '*': (tagName, attribs) => {
        if (/^(script|iframe|object|embed|svg)$/.test(tagName)) found.push(tagName);
        for (const [name, value] of Object.entries(attribs)) {
          const plain = value.replace(/[\s\p{Cc}]/gu, '').toLowerCase();
          if (name.startsWith('on') || plain.startsWith('javascript:')) found.push(`${tagName} ${name}=${value}`);
        }
        return { tagName, attribs };
      },
    },
  });
  return found;
}
