import { describe, expect, it } from '@jest/globals';
import { cssAddresses } from '../../../src/templates/css-addresses.js';
import { buildTemplate } from '../../../src/templates/load-template.js';
import { manifestSchema } from '../../../src/templates/manifest.js';
import { lintTemplate } from '../../../src/templates/template-lint.js';
import { buffers, manifestJson, templateFiles } from '../../support/templates/template-files.js';

/** Names as a browser reads them, however they are spelt. */

const manifest = manifestSchema.parse(
  manifestJson({
    fields: {
      title: { type: 'text', label: 'Title' },
      logo: { type: 'image', label: 'Logo' },
      accent: { type: 'color', label: 'Accent' },
      share: { type: 'number', label: 'Share' },
    },
  }),
);
const loaded = (source: string) => lintTemplate(source, manifest).addresses.map((a) => a.address);
const problems = (source: string) => lintTemplate(source, manifest).problems.map((p) => p.message);
const read = (css: string) => cssAddresses(css).map(({ address }) => address);

const EVIL = 'https://evil.test/x';

/** Each loads from EVIL in Chromium, or would in a browser that knows the function. */
const SPELLINGS: string[] = [
  `a{background:u\\72l(${EVIL})}`,
  `a{background:\\75\\72\\6c(${EVIL})}`,
  `a{background:u\\000072l(${EVIL})}`,
  `a{background:u\\72 l(${EVIL})}`,
  `a{background:u\\72\tl(${EVIL})}`,
  `a{background:U\\52L("${EVIL}")}`,
  `a{background:ur\\l('${EVIL}')}`,
  `a{background:\\000055rl(\n"${EVIL}"\n)}`,
  `a{background:url(https\\3a //evil.test/x)}`,
  `a{background:url("https:\\2f/evil.test/x")}`,
  `a{background:url("https://evil\\\n.test/x")}`,
  `a{background:url(/**/"${EVIL}")}`.replace('/**/', ' '),
  `a{background:url( "${EVIL}"/**/)}`,
  `a{background:url("${EVIL}`,
  `a{background:url(${EVIL}`,
  `@import "${EVIL}";`,
  `@\\69mport "${EVIL}";`,
  `@\\000069 mport"${EVIL}";`,
  `@im\\70 ort/**/"${EVIL}";`,
  `@IMPORT/* a */ /* b */'${EVIL}';`,
  `@import u\\72l(${EVIL});`,
  `@import\n\t"${EVIL}" layer(x);`,
  `a{background:image-s\\65t("${EVIL}" 1x)}`,
  `a{background:-w\\65 bkit-image-set("${EVIL}" 1x)}`,
  `a{background:image-set(/*)*/"${EVIL}" type("image/png"))}`,
  `a{background:image-set(linear-gradient(red,red) 1x, "${EVIL}" 2x)}`,
  `a{background:cross-fade(u\\72l(${EVIL}), red)}`,
  `@font-face{src:\\75rl(${EVIL}) format("woff2")}`,
  `a{--x:u\\72l(${EVIL})}`,
  `a{b:"x\\"y";c:url(${EVIL})}`,
  `a{b:"/*";c:url(${EVIL});d:"*/"}`,
  `a{b:url(x"y);c:url(${EVIL})}`,
];

describe('CSS that loads from elsewhere', () => {
  it.each(SPELLINGS)('is seen: %j', (css) => {
    expect(read(css)).toContain(EVIL);
    const { problems: found } = buildTemplate(
      'card',
      buffers(templateFiles({ 'style.css': css, 'sample.json': '{"title":"x"}' })),
    );
    expect(found.map(({ message }) => message).join()).toMatch(/"evil\.test" is not reachable/);
  });

  it.each(SPELLINGS.filter((css) => !css.includes('"')))('in an attribute: %j', (css) => {
    const declarations = css.replace(/^a\{/, '').replace(/\}$/, '');
    expect(loaded(`<p style="${declarations}">`)).toContain(EVIL);
    expect(loaded(`<style>${css}</style>`)).toContain(EVIL);
  });

  it.each([
    'a{content:"url(https://x.test)"}',
    '/* url(https://x.test) @import "y"; */',
    'a{b:u/**/rl(https://x.test)}',
    'a{b:curl(x.test)}',
    'a{b:my-url("x.test")}',
    '.u\\72l{color:red}',
    'a{b:image-set(linear-gradient(red, red) type("image/png"))}',
    'a{b:url(x"y)}',
  ])('is not made up: %j', (css) => {
    expect(read(css)).toEqual([]);
  });

  it('is told with its place, also behind letters of two units', () => {
    expect(cssAddresses('/*😀*/a{b:u\\72l(x.png)}')).toEqual([{ address: 'x.png', offset: 10 }]);
    expect(cssAddresses('a{b:url( "x.png" )}')).toEqual([{ address: 'x.png', offset: 4 }]);
  });
});

describe('HTML that loads from elsewhere', () => {
  it.each([
    `<p style="background:u&#x72;l(${EVIL})">`,
    `<p style="background:u&#114l(${EVIL})">`,
    `<p style="background:url&lpar;${EVIL}&rpar;">`,
    `<p style="background:u&bsol;72l(${EVIL})">`,
    `<p style="background:url(&quot;${EVIL}&quot;)">`,
    `<p style='background:u&#92;72 l(${EVIL})'>`,
    `<p STYLE=background:u&#x00072;l(${EVIL})>`,
    '<img src="https&colon;//evil.test/x">',
    '<img src="&#104;ttps://evil.test/x">',
    '<img src=https:&sol;/evil.test&sol;x>',
    '<img srcset="assets/a.png 1x,https://evil.test/x 2x">',
    '<img srcset="assets/a.png&#32;1x&comma; https://evil.test/x 2x">',
    '<img srcset="assets/a.png,\nhttps://evil.test/x">',
    `<svg><path fill="u\\72l(${EVIL})"/></svg>`,
    `<svg><style>a{b:u&#x72;l(${EVIL})}</style></svg>`,
    `<svg><style>&commat;import "${EVIL}";</style></svg>`,
    `<svg><style><image href="${EVIL}"/></style></svg>`,
  ])('is seen: %j', (source) => {
    expect(loaded(source)).toContain(EVIL);
  });

  it('is refused where an element hides in the style of an SVG', () => {
    expect(problems('<svg><style><script>x()</script></style></svg>').join()).toMatch(
      /<script> is not allowed/,
    );
    expect(problems('<svg><style><a onclick="x()"></a></style></svg>').join()).toMatch(
      /onclick is not allowed/,
    );
  });

  it('names fields by what a browser reads', () => {
    expect(problems('<p data-field="tit&#108;e">')).toEqual([]);
    expect(problems('<p data-field="tit&#109;e">').join()).toContain('names no field: "titme"');
  });
});

describe('a mustache that would choose a name', () => {
  it.each([
    ['<p style="background:u\\7{{share}}l(x)">', /in an escape/],
    ['<p style="background:\\\\{{share}}(x)">', /in an escape/],
    ['<p style="background:{{default accent "url"}}(//evil.test)">', /name of a function/],
    ['<p style="background:u{{share}}l(x)">', /name of a function/],
    ['<p style="background:u&#{{share}};l(x)">', /character reference/],
    ['<p style="background:u&#x{{share}};l(x)">', /character reference/],
    ['<img src="&#{{share}};//evil.test">', /character reference/],
  ])('is refused: %j', (source, message) => {
    expect(problems(source).join()).toMatch(message);
  });

  it.each([
    '<p style="background:url({{logo}});width:calc({{share}} * 1%);color:{{accent}}80">',
    '<p style="background:image-set(url(\'{{logo}}\') 1x)">',
    '<p style="transform:translate({{share}}px, -{{share}}%)">',
    '<p style="--a:{{accent}};--b:rgb(from {{accent}} r g b)">',
    '<p class="a &amp; {{title}}" title="&copy; {{title}} &{{title}}">',
  ])('is fine elsewhere: %j', (source) => {
    expect(problems(source)).toEqual([]);
    for (const address of loaded(source)) expect(address).toBe('\0');
  });

  it('is not feigned by what CSS holds itself', () => {
    expect(read('a{b:url(\\d7ff evil)}')).toEqual(['\ud7ffevil']);
    expect(read('a{b:url(\ud7ffevil)}')).toEqual(['\ufffdevil']);
    expect(read('a{b:url("\\0 evil")}')).toEqual(['\ufffdevil']);
  });
});
