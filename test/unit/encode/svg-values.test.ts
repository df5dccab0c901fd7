import { describe, expect, it } from '@jest/globals';
import { colorInSrgb } from '../../../src/encode/foreign/svg/css-color.js';
import { rewriteSvg } from '../../../src/encode/foreign/svg/rewrite-svg.js';
import { processorMs } from '../../support/processor-ms.js';

const svg = (inside: string, attributes = '') =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"${attributes}>${inside}</svg>`;
const rewrite = (inside: string, attributes?: string) => rewriteSvg(svg(inside, attributes));

describe('entities of a drawing', () => {
  const doctype = (subset: string) =>
    `<?xml version="1.0"?>\n<!-- by a tool -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [${subset}]>\n`;

  it('stand for their text, in attributes, styles and content', () => {
    const subset =
      '<!ENTITY ns "http://ns.adobe.com/AI/"><!ENTITY c \'fill:#B00020;\'><!-- x --><!ENTITY both "&c;a &#38; &lt;b"><!ATTLIST svg xmlns:x CDATA #IMPLIED><!ENTITY c "ignored">';
    const text = `${doctype(subset)}${svg('<style>.a{&c;}</style><path style="&c;"/><text>&both;</text>', ' xmlns:i="&ns;"')}`;
    const { svg: out } = rewriteSvg(text);
    expect(out).toContain('xmlns:i="http://ns.adobe.com/AI/"');
    expect(out).toContain('<style>.a{fill:#B00020;}</style><path style="fill:#B00020;">');
    expect(out).toContain('<text>fill:#B00020;a &amp; &lt;b</text>');
    expect(out).not.toContain('DOCTYPE');
  });

  it('lead nowhere and hold no script, whatever they hide', () => {
    const text = `${doctype('<!ENTITY u "file:///etc/passwd"><!ENTITY j "javascript:alert(1)">')}${svg('<image href="&u;"/><a href="&j;"><rect fill="url(&u;)"/></a>')}`;
    const { svg: out } = rewriteSvg(text);
    expect(out).not.toMatch(/passwd|javascript/);
  });

  it.each([
    [
      'in each other',
      Array.from({ length: 9 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join(''),
    ],
    ['often', ''],
    ['many of them', Array.from({ length: 300 }, (_, i) => `<!ENTITY f${i} "x">`).join('')],
  ])('are bounded: %s', (_name, more) => {
    const text = `${doctype(`<!ENTITY e0 "${'x'.repeat(1_000)}">${more}`)}${svg(`<text>${'&e0;'.repeat(2_000)}</text>`)}`;
    const startedAt = processorMs();
    expect(() => rewriteSvg(text)).toThrow(/too much|lead elsewhere/);
    expect(processorMs() - startedAt).toBeLessThan(1_000);
  });
});

describe('custom properties', () => {
  it('stand for their values, declared before or behind, in sheets and attributes', () => {
    const { svg: out, leftOut } = rewrite(
      '<path class="m" fill="var( --ink , red )"/><path fill="var(--none, var(--brand))"/><g style="stroke:var(--own)"/><style>:root{--brand:#7c3aed;--ink:oklch(0 0 0)}.m{fill:var(--brand)}@media (prefers-color-scheme:dark){:root{--brand:#fff}}</style>',
      ' style="--own: #123456"',
    );
    expect(out).toContain('fill="rgb(0,0,0)"');
    expect(out.match(/#7c3aed/g)).toHaveLength(3);
    expect(out).toContain('style="stroke: #123456"'.replace(': ', ':'));
    expect(leftOut).toEqual([]);
  });

  it('may lead to no address', () => {
    const { svg: out } = rewrite(
      '<style>:root{--u:url(http://evil.test/x);--s:u\\72l("file:///etc/passwd")}rect{fill:var(--u);mask:var(--s);filter:var(--none,url(//evil.test))}</style><rect/>',
    );
    const used = out.slice(out.indexOf('rect{'));
    expect(used).not.toMatch(/evil|passwd/);
  });

  it('end in a circle, and cost no more than they are', () => {
    const circle = ':root{--a:var(--b);--b:var(--a)}rect{fill:var(--a,red)}';
    expect(rewrite(`<style>${circle}</style><rect/>`).leftOut).toHaveLength(1);
    const names = 'abcdefghijk';
    const fan = [...names].map(
      (name, i) => `--${name}:${`var(--${names[i + 1] ?? 'z'})`.repeat(150)};`,
    );
    for (const end of ['', 'x']) {
      const startedAt = processorMs();
      expect(() =>
        rewrite(`<style>:root{${fan.join('')}--z:${end};}rect{fill:var(--a)}</style>`),
      ).toThrow(/too much/);
      expect(processorMs() - startedAt).toBeLessThan(3_000);
    }
  });

  it.each(['oklch(', 'var(--x,', 'calc(', 'light-dark(', 'color('])(
    'takes linear time for %s',
    (open) => {
      const startedAt = processorMs();
      try {
        rewrite(`<style>a{fill:${open.repeat(20_000)}</style>`);
      } catch {
        // Refused is as good.
      }
      expect(processorMs() - startedAt).toBeLessThan(3_000);
    },
  );
});

describe('colours', () => {
  it.each([
    ['oklch', '0.7 0.2 30', [255, 105, 81]],
    ['oklch', '62.8% 0.2577 29.23', [255, 0, 0]],
    ['oklab', '0.452 -0.032 -0.312', [0, 0, 255]],
    ['lab', '54.29 80.8 69.89', [255, 0, 0]],
    ['lch', '87.82% 113.33 134.38deg', [0, 255, 0]],
    ['hwb', '194 0% 0%', [0, 195, 255]],
    ['color', 'srgb 1 0.5 0', [255, 128, 0]],
    ['color', 'display-p3 1.0000 0.3412 0.1333', [255, 76, 0]],
    ['color', 'srgb-linear 0.5 0.5 0.5', [188, 188, 188]],
  ])('%s(%s)', (name, content, expected) => {
    const parts = colorInSrgb(name, content)?.match(/\d+/g)?.map(Number) ?? [];
    expect(parts).toHaveLength(3);
    for (const [i, part] of parts.entries())
      expect(Math.abs(part - (expected[i] ?? 0))).toBeLessThanOrEqual(8);
  });

  it('keep their opacity; relative ones are told of', () => {
    expect(colorInSrgb('oklab', '0 0 0 / 50%')).toBe('rgba(0,0,0,0.5)');
    expect(colorInSrgb('color', 'from red srgb r g b')).toBeUndefined();
    expect(rewrite('<stop stop-color="oklch(from red l c h)"/>').leftOut).toHaveLength(1);
    expect(rewrite('<stop stop-color="light-dark(oklch(0 0 0), #fff)"/>').svg).toContain(
      '"rgb(0,0,0)"',
    );
  });
});

describe('prefixes that nobody declares', () => {
  it('are declared, so that the drawing can be read', () => {
    const { svg: out } = rewrite('<g inkscape:label="a"><use xlink:href="#a"/></g>');
    expect(out).toMatch(
      /^<svg xmlns:inkscape="urn:undeclared:inkscape" xmlns:xlink="http:\/\/www\.w3\.org\/1999\/xlink" /,
    );
    expect(
      rewrite('<use xlink:href="#a"/>', ' xmlns:xlink="http://www.w3.org/1999/xlink"').svg,
    ).toMatch(/^<svg xmlns="/);
  });
});

describe('what cannot be drawn is told of', () => {
  it.each([
    ['a linked picture', '<image href="https://x.test/a.png"/>', 'linked from elsewhere'],
    ['a linked symbol', '<use href="sprite.svg#a"/>', 'linked from elsewhere'],
    ['a font', '<style>@import url(https://fonts.test/a.css);</style>', 'from elsewhere'],
    ['HTML', '<foreignObject><p/></foreignObject>', 'HTML'],
    ['a calculation', '<style>rect{width:calc(1px + 2px)}</style>', 'calc()'],
    ['a rule of its own', '<style>@supports (fill:red){rect{fill:red}}</style>', '@supports'],
    ['a value without declaration', '<rect fill="var(--x)"/>', 'var()'],
    ['a colour from another', '<rect fill="rgb(from red r g b)"/>', 'made from others'],
    ['one in hsl', '<rect style="fill:HSLA( from var(--x, red) h s l)"/>', 'made from others'],
    ['a paint from elsewhere', '<rect fill="url(https://x.test/a.svg#g) red"/>', 'elsewhere'],
    ['a quoted one', '<style>rect{fill:url("sprite.svg#g")}</style>', 'elsewhere'],
    ['a font of its own', '<style>@font-face{src:url(data:font/woff2;base64,AA)}</style>', 'fonts'],
    ['rules within rules', '<style>svg{fill:red;rect{fill:blue}}</style>', 'within rules'],
    ['a least value', '<rect width="min(3px, 2em)"/>', 'min()'],
    ['a mixed colour', '<rect style="fill:color-mix(in srgb, red, blue)"/>', 'color-mix()'],
  ])('%s', (_name, inside, expected) => {
    expect(rewrite(inside).leftOut.join()).toContain(expected);
  });

  it.each([
    ['<switch><foreignObject><p/></foreignObject><text>x</text></switch>'],
    ['<style>@media (prefers-color-scheme: dark){rect{fill:#fff}}</style>'],
    ['<a href="https://x.test"><rect fill="url(#g)" transform="rotate(3)"/></a>'],
    ['<style>@media print{rect{fill:red}circle{fill:blue}}text{fill:#000}</style>'],
    ['<rect fill="rgb(10, 20, 30)" mask="url(\'#m\')" transform="matrix(1 0 0 1 0 0)"/>'],
    ['<rect fill="rgb(255 0 128 / 50%)" style="filter:drop-shadow(0 0 1px red)"/>'],
  ])('not %s', (inside) => expect(rewrite(inside).leftOut).toEqual([]));
});
