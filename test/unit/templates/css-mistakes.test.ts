import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { cssMistakes } from '../../../src/templates/css-mistakes.js';

const TEMPLATES = fileURLToPath(new URL('../../../templates', import.meta.url));

/** As `line: message`. */
function told(css: string, inRule = false): string[] {
  return cssMistakes(css, inRule).map(
    ({ message, offset }) => `${css.slice(0, offset).split('\n').length}: ${message}`,
  );
}

describe('mistakes in CSS', () => {
  const cases: Record<string, [css: string, line: number, message: RegExp]> = {
    'a rule that is not closed before the next': [
      '.a { color: red }\n.b { color: red\n.c { color: blue }\n',
      2,
      /begins here is not closed before the next/,
    ],
    'a rule that is not closed at all': [
      '.a {\n  top: 0;\n\n.b { top: 0; }\n',
      1,
      /a } is missing/,
    ],
    'a rule within another block, by how it is set in': [
      '@media (width > 1px) {\n  .a {\n    top: 0;\n  .b { top: 0 }\n}\n.c { top: 0 }\n',
      2,
      /a } is missing/,
    ],
    'a } too many': ['.a { top: 0 }\n}\n.b { top: 0 }', 2, /closes nothing/],
    'a { that is missing': ['.a\n  top: 0;\n.b { top: 0 }', 1, /outside of every rule/],
    'a : that is missing': ['.a {\n  color red;\n}', 2, /no declaration/],
    'a ; that is missing': ['.a {\n  color: red\n  top: 0;\n}', 3, /A ; is missing before "top"/],
    'a property that nobody knows': ['.a {\n  colr: red;\n}', 2, /"colr". Did you mean "color"\?/],
    'a property of another language': [
      '.a {\n  textcolour: red;\n}',
      2,
      /no property "textcolour"/,
    ],
    'a value that is missing': ['.a { color: ; }', 1, /"color" has no value/],
    'a bracket that is not closed': ['.a {\n  width: calc(1px + (2px);\n}', 2, /bracket/],
    'a quote that is not closed': ['.a::before {\n  content: "x;\n}', 2, /quote/],
    'a comment that is not closed': ['.a { top: 0 }\n/* here', 2, /\*\/ is missing/],
    'an at-rule that nobody knows': ['@medai print { .a { top: 0 } }', 1, /Did you mean "media"/],
    'a part of @font-face': ['@font-face { font-dispaly: swap }', 1, /has no "font-dispaly"/],
    'a selector that is missing': ['.a { top: 0 }\n{ top: 0 }', 2, /no selector/],
  };

  it.each(Object.entries(cases))('are told: %s', (_name, [css, line, message]) => {
    const found = told(css);
    expect(found.length).toBe(1);
    expect(found[0]).toMatch(new RegExp(`^${line}: `));
    expect(found[0]).toMatch(message);
  });

  it.each([
    '.a:hover{top:0} .b{&:hover{top:0} a:hover{top:0} .c &{top:0}}',
    '.a{--x: ;--y:{a:b};--z:calc(1px}',
    '@import url(x.css);@layer a,b;.x{@media (a:b){top:0}@container c (width>1px){.y{top:0}}}',
    '@keyframes k{from{top:0}50%{top:1px}}@property --a{syntax:"<length>";inherits:true}',
    '.a{-moz-osx-font-smoothing:grayscale;-webkit-line-clamp:2;corner-shape:squircle}',
    '.a{grid-template:"a b" 1fr "c d" / 1fr [x] 2fr;color:oklch(from var(--a) l c h / 50%)}',
    '@font-face{font-family:A;src:local("x"),url(a.woff2)format("woff2");unicode-range:U+26;size-adjust:90%}',
    '@supports (display:grid) and (not (display:inline-grid)){.a{top:0}}',
    ':is(.a,.b:not(:first-child))::after{content:"{;}:";background:url(data:x;y,{})}',
    '<!-- .a{top:0} -->',
    '.a{top:0;;}',
    '',
  ])('are not told where there is none: %s', (css) => {
    expect(told(css)).toEqual(
      css.includes('calc(1px}') ? ['1: The bracket that opens here is not closed.'] : [],
    );
  });

  it('are told of style="…" too, with mustaches in it', () => {
    expect(told('color: red; wdith: \u0000px; --x: \u0000; \u0000', true)).toEqual([
      '1: Browsers know no property "wdith". Did you mean "width"?',
    ]);
  });

  it('are found in no bundled template', () => {
    for (const id of readdirSync(TEMPLATES)) {
      expect({ id, found: told(readFileSync(join(TEMPLATES, id, 'style.css'), 'utf8')) }).toEqual({
        id,
        found: [],
      });
    }
  });

  it('take no time to speak of, whatever the text', () => {
    const before = performance.now();
    for (const part of [
      'a{',
      '}',
      'x:',
      '(',
      '"',
      'colr:red;',
      '@x',
      '{a:b',
      '/*',
      '\\',
      'a:b:',
      '}a{top:0}',
    ])
      cssMistakes(`.a{${part.repeat(20_000)}`);
    expect(performance.now() - before).toBeLessThan(20_000);
  });
});
