import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { prepareSvg } from '../../../src/encode/foreign/prepare-svg.js';
import { decodeText } from '../../../src/encode/foreign/svg/decode-text.js';
import { rewriteSvg } from '../../../src/encode/foreign/svg/rewrite-svg.js';
import { flatPng, pngChunk, svg } from '../../support/hostile-assets.js';

/** Says 400 megapixels in its head and holds none: it would be harmless if it were drawn. */
function boast(): Buffer {
  const png = flatPng(8, 8);
  const header = Buffer.from(png.subarray(16, 29));
  header.writeUInt32BE(20_000, 0);
  header.writeUInt32BE(20_000, 4);
  return Buffer.concat([png.subarray(0, 8), pngChunk('IHDR', header), png.subarray(33)]);
}

const PNG = boast();
const B64 = PNG.toString('base64');
const escaped = (bytes: Buffer, every = 1) =>
  [...bytes]
    .map((byte, i) =>
      i % every === 0 || byte < 0x30 || byte > 0x7a || (byte > 0x39 && byte < 0x61)
        ? `%${byte.toString(16).padStart(2, '0')}`
        : String.fromCharCode(byte),
    )
    .join('');
const NESTED = '<svg xmlns="http://www.w3.org/2000/svg"><path id="p" d="M0 0h9"/></svg>';
const NESTED_B64 = Buffer.from(NESTED).toString('base64');
const image = (href: string) => `<image width="60" height="40" href="${href}"/>`;
const rewritten = (content: string) => rewriteSvg(svg(content).toString()).svg;

describe('a picture in a data: address', () => {
  it.each([
    ['plainly', image(`data:image/png;base64,${B64}`)],
    ['as text', image(`data:text/plain;charset=US-ASCII;base64,${B64}`)],
    ['as octets', image(`data:application/octet-stream;base64,${B64}`)],
    ['as a font', image(`data:font/woff2;base64,${B64}`)],
    ['as SVG', image(`data:image/svg+xml;base64,${B64}`)],
    ['as JPEG', image(`data:image/jpeg;base64,${B64}`)],
    ['without a type', image(`data:;base64,${B64}`)],
    ['with a long parameter', image(`data:image/png;${'a'.repeat(120)}=b;base64,${B64}`)],
    ['with many parameters', image(`data:image/png${';a=b'.repeat(300)};base64,${B64}`)],
    ['with a line break in its scheme', image(`da&#10;ta:image/png;base64,${B64}`)],
    ['with a tab in its scheme', image(`dat&#9;a:image/png;base64,${B64}`)],
    ['with a carriage return', image(`data&#xd;:image/png;base64,${B64}`)],
    ['with a plain line break', image(`da\nta:image/png;base64,${B64}`)],
    ['with plain line ends of Windows', image(`d\r\nata:image/png;base64,${B64}`)],
    ['with its first letter as a reference', image(`&#100;ata:image/png;base64,${B64}`)],
    ['with all its letters as references', image(`&#x64;&#x61;&#x74;&#x61;&#x3a;;base64,${B64}`)],
    ['with a padded reference', image(`&#x0000064;ata:;base64,${B64}`)],
    ['in capitals', image(`DATA:IMAGE/PNG;BASE64,${B64}`)],
    ['in mixed letters', image(`dAtA:iMaGe/pNg;BaSe64,${B64}`)],
    ['behind blanks', image(`   data:image/png;base64,${B64}`)],
    ['behind a reference to a blank', image(`&#32;&#10;data:image/png;base64,${B64}`)],
    ['with a blank before the colon', image(`data :image/png;base64,${B64}`)],
    ['with a blank before base64', image(`data:image/png; base64,${B64}`)],
    ['with breaks in its content', image(`data:image/png;base64,${B64.replace(/.{60}/g, '$&\n')}`)],
    ['with blanks in its content', image(`data:image/png;base64,${B64.replace(/.{9}/g, '$& ')}`)],
    ['with escaped breaks', image(`data:image/png;base64,${B64.replace(/.{60}/g, '$&%0A')}`)],
    ['with escaped base64', image(`data:image/png;base64,${escaped(Buffer.from(B64), 3)}`)],
    ['in percent escapes', image(`data:image/png,${escaped(PNG)}`)],
    ['in percent escapes where needed', image(`data:,${escaped(PNG, 1_000_000)}`)],
    ['with a fragment behind it', image(`data:image/png;base64,${B64}#x`)],
    ['with quotes of the other kind', `<image width="60" height="40" href='data:;base64,${B64}'/>`],
    ['with the old prefix', `<image width="60" height="40" xlink:href="data:;base64,${B64}"/>`],
    [
      'with a prefix of its own',
      `<image xmlns:q="http://www.w3.org/1999/xlink" width="60" height="40" q:href="data:;base64,${B64}"/>`,
    ],
    [
      'in an element with a prefix',
      `<q:image xmlns:q="http://www.w3.org/2000/svg" href="data:;base64,${B64}"/>`,
    ],
    ['in a filter', `<filter id="f"><feImage href="data:;base64,${B64}"/></filter>`],
    ['in a pattern', `<pattern id="p">${image(`data:;base64,${B64}`)}</pattern>`],
    [
      'behind a comment that looks like an end',
      `<!-- > --${' '}>-->${image(`data:;base64,${B64}`)}`.replace(`--${' '}>`, '- ->'),
    ],
  ])('is found and measured, however it is written: %s', async (_name, content) => {
    const { svg: text, embedded } = rewriteSvg(decodeText(svg(content)));
    expect(embedded.map(({ kind }) => kind)).toEqual(['png']);
    expect(embedded[0]?.bytes.equals(PNG)).toBe(true);
    expect(text.match(/data/gi)).toEqual(['data']);
    expect(text).toContain(`href="data:image/png;base64,${B64}"`);
    await expect(prepareSvg(svg(content), { fit: 'cover' })).rejects.toMatchObject({
      code: 'asset_too_large',
    });
  });

  it.each([
    ['in UTF-16', Buffer.from(`\ufeff${svg(image(`data:;base64,${B64}`))}`, 'utf16le')],
    [
      'in another encoding',
      Buffer.from(
        `<?xml version="1.0" encoding="iso-8859-1"?>${svg(`<title>é</title>${image(`data:;base64,${B64}`)}`)}`,
        'latin1',
      ),
    ],
  ])('is found in a file %s', (_name, bytes) => {
    expect(rewriteSvg(decodeText(bytes)).embedded).toHaveLength(1);
  });

  it.each([
    ['plainly', image(`data:image/svg+xml;base64,${NESTED_B64}`)],
    ['as PNG', image(`data:image/png;base64,${NESTED_B64}`)],
    ['as text', image(`data:text/plain;base64,${NESTED_B64}`)],
    ['as a font', image(`data:font/woff;base64,${NESTED_B64}`)],
    ['in escapes', image(`data:image/png,${escaped(Buffer.from(NESTED))}`)],
    [
      'behind a comment',
      image(
        `data:;base64,${Buffer.from(`<!-- ${'x'.repeat(900)} -->${NESTED}`).toString('base64')}`,
      ),
    ],
    [
      'in UTF-16',
      image(`data:;base64,${Buffer.from(`\ufeff${NESTED}`, 'utf16le').toString('base64')}`),
    ],
    ['used', `<use href="data:image/png;base64,${NESTED_B64}#p"/>`],
    ['as a fill', `<rect fill="url(data:image/svg+xml;base64,${NESTED_B64}#p)"/>`],
    ['as a fill of style', `<rect style="fill:url(data:text/css;base64,${NESTED_B64}#p)"/>`],
    ['quoted', `<rect style='fill:url( "data:;base64,${NESTED_B64}#p" )'/>`],
    ['with an escaped name', `<rect style="fill:u\\72l(data:;base64,${NESTED_B64}#p)"/>`],
    ['with an escaped scheme', `<rect mask="url(\\64 ata:;base64,${NESTED_B64}#p)"/>`],
    ['in capitals', `<rect style="filter:URL(DATA:;BASE64,${NESTED_B64}#p)"/>`],
    ['in a style sheet', `<style>rect{clip-path:url(data:;base64,${NESTED_B64}#p)}</style>`],
    ['in CDATA', `<style><![CDATA[rect{fill:url(data:;base64,${NESTED_B64}#p)}]]></style>`],
    ['in pieces', `<style>rect{fill:ur<desc>x</desc>l(data:;base64,${NESTED_B64}#p)}</style>`],
    [
      'with references in the style sheet',
      `<style>rect{fill:&#117;rl(d&#x61;ta:;base64,${NESTED_B64}#p)}</style>`,
    ],
  ])('that is an SVG is refused, however it is written: %s', (_name, content) => {
    expect(() => rewritten(content)).toThrow(/of a kind that is not accepted inside one/);
  });

  it('of other kinds, or too many of them, are refused', () => {
    const other = Buffer.from('\0\0\0\x1cftypavif\0\0\0\0mif1avif', 'latin1').toString('base64');
    expect(() => rewritten(image(`data:image/png;base64,${other}`))).toThrow(/not accepted inside/);
    expect(() => rewritten(image('data:image/png;base64,AAAA'))).toThrow(/not accepted inside/);
    expect(() => rewritten(image(`data:;base64,${B64}`).repeat(17))).toThrow(/more than 16/);
  });
});

describe('what leads outside is left out', () => {
  it.each([
    ['a file', image('file:///etc/hostname')],
    ['a relative file', image('secret.png')],
    ['a site', image('https://example.com/a.png')],
    ['a site in a style', '<rect style="fill:url(https://example.com/a.svg#p) red"/>'],
    ['a file in an attribute', '<rect filter="url(\'file:///tmp/a.svg#f\')"/>'],
    ['an import', '<style>@import url(https://example.com/a.css);.a{fill:red}</style>'],
    ['an import of a string', '<style>@import "https://example.com/a.css" screen;</style>'],
    ['an import of data', '<style>@import url("data:text/css,*%7Bfill:red%7D");</style>'],
    ['an escaped import', '<style>@\\69 mport "https://example.com/a.css";</style>'],
    [
      'an import with a comment',
      '<style>@/**/import/**/"x";@IMPORT/**/url(https://example.com/a)</style>',
    ],
    ['a font', '<style>@font-face{font-family:a;src:url(https://example.com/a.woff)}</style>'],
    ['a font of data', '<style>@font-face{src:url(data:font/woff2;base64,d09GMgABAAA=)}</style>'],
    ['another function', '<rect style="fill:src(\'https://example.com/a#b\')"/>'],
    [
      'an inclusion',
      '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="https://example.com/"/>',
    ],
    [
      'an inclusion without a prefix',
      '<include xmlns="http://www.w3.org/2001/XInclude" href="file:///x"/>',
    ],
    [
      'an inclusion whose namespace is a reference',
      '<q:include xmlns:q="&#104;ttp://www.w3.org/2001/XInclude" href="a" parse="text"/>',
    ],
    ['an inclusion in capitals', '<XI:INCLUDE href="https://example.com/"/>'],
    [
      'what takes its place',
      '<xi:include href="a"><xi:fallback><image href="file:///x"/></xi:fallback></xi:include>',
    ],
    ['a style sheet instruction', '<?xml-stylesheet href="https://example.com/a.css"?>'],
    [
      'a script',
      '<script href="https://example.com/a.js"/><script>fetch("https://example.com")</script>',
    ],
    ['a handler', '<rect onload="fetch(\'https://example.com\')"/>'],
    ['a link', '<a href="https://example.com/"><rect/></a>'],
    ['a base', '<g xml:base="https://example.com/"><rect/></g>'],
    ['an address as an attribute', '<g title="data:text/html,x"/>'],
  ])('%s', (_name, content) => {
    const text = rewritten(content);
    expect(text).not.toMatch(/example\.com|file:|secret|data:|@\\?import|include|script|onload/i);
    expect(text).not.toMatch(/<[?!]/);
  });

  it('but not what is within the drawing', () => {
    const inside =
      '<a href="#x"><use xlink:href="#a"/></a><rect fill="url(#g)" style="mask:url( \'#m\' )"/><style>.a{filter:url(#f) blur(2px)}</style>';
    expect(rewritten(inside)).toContain(
      '<use xlink:href="#a"></use></a><rect fill="url(#g)" style="mask:url(#m)"></rect><style>.a{filter:url(#f) blur(2px)}</style>',
    );
  });
});

describe('declarations', () => {
  it.each([
    ['entities of markup', '<!DOCTYPE svg [<!ENTITY a "<b/>">]>'],
    ['an entity from elsewhere', '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'],
    ['an entity of the outside', '<!DOCTYPE svg [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>'],
    ['an entity of itself', '<!DOCTYPE svg [<!ENTITY a "&b;"><!ENTITY b "&a;">]>'],
    ['an entity that nobody declared', '<!DOCTYPE svg [<!ENTITY a "&b;">]>'],
    ['a part of another kind', '<!DOCTYPE svg [<!INCLUDE x>]>'],
    ['a subset without its end', '<!DOCTYPE svg [<!ENTITY a "b">'],
    ['a comment before them', '<!-- x --><!DOCTYPE svg [<!ENTITY % a "b">]>'],
  ])('%s are refused', (_name, doctype) => {
    for (const text of [
      `${doctype}${svg('')}`,
      `\ufeff<?xml version="1.0"?>${doctype}${svg('')}`,
    ]) {
      for (const encoding of ['utf8', 'utf16le'] as const) {
        const bytes = Buffer.from(encoding === 'utf8' ? text : `\ufeff${text}`, encoding);
        expect(() => rewriteSvg(decodeText(bytes))).toThrow(/DOCTYPE|broken/);
      }
    }
  });

  it.each([
    ['an entity that nobody declared', '<text>&a;</text>'],
    ['a character that XML does not have', '<text>&#0;</text>'],
    ['another such character', '<text>\u0001</text>'],
    ['a tag without its end', '<g>'],
    ['an end without its tag', '</g>'],
    ['an attribute without quotes', '<rect width=1/>'],
    ['a name of prototypes', '<rect hasOwnProperty="1" toString="2" fill="url(x"/><'],
  ])('%s: refused as what cannot be drawn', async (_name, content) => {
    await expect(prepareSvg(svg(content), { fit: 'cover' })).rejects.toMatchObject({
      code: 'asset_invalid',
      detail: expect.stringContaining('cannot be drawn'),
    });
  });

  it.each([
    ['an encoding that hides markup', '<?xml version="1.0" encoding="utf-7"?>'],
    ['an encoding that does not exist', '<?xml version="1.0" encoding="x-none"?>'],
  ])('%s: refused', (_name, prologue) => {
    expect(() => decodeText(Buffer.from(`${prologue}${svg('')}`))).toThrow(/not valid text/);
  });

  it.each([
    ['elements', '<g/>'.repeat(100_001)],
    ['depth', '<g>'.repeat(300) + '</g>'.repeat(300)],
    ['attributes', `<g ${Array.from({ length: 300 }, (_, i) => `a${i}=""`).join(' ')}/>`],
  ])('too many %s: refused', (_name, content) => {
    expect(() => rewritten(content)).toThrow(/Simplify it/);
  });
});

describe('what is written anew', () => {
  const squares = '<rect id="a" width="30" height="20"/>';
  it.each([
    ['text with blanks and breaks', '<text y="20">a  b\n  c\r\n<tspan> d </tspan>&#13;e</text>'],
    [
      'text that keeps its blanks',
      '<text y="20" xml:space="preserve">a  b\n  c <tspan>  d</tspan>\te</text>',
    ],
    ['CDATA in text', '<text y="20">x<![CDATA[ <b> & ]]>y</text>'],
    [
      'CDATA in a style sheet',
      '<style><![CDATA[ rect > x, rect { fill: red } ]]></style><rect width="9" height="9"/>',
    ],
    [
      'a style sheet with comments',
      '<style>/* a */rect{/* url(x) */fill:#0a0}<!-- c --></style><rect width="40" height="9"/>',
    ],
    [
      'escapes in a style sheet',
      '<style>.\\31 a{fill:blue}#x\\:y{f\\69ll:red}</style><rect class="1a" width="30" height="9"/><rect id="x:y" y="10" width="30" height="9"/>',
    ],
    [
      'strings in a style sheet',
      `<style>rect[id='b"c']{fill:red}text{font-family:'Noto Sans', "a\\27 b"}</style><rect id='b"c' width="9" height="9"/><text y="30">x</text>`,
    ],
    [
      'an import before rules',
      '<style>@import url(x.css);rect{fill:lime}</style><rect width="9" height="9"/>',
    ],
    [
      'references in attributes',
      '<rect x="&#49;0" width="3&#x30;" height="20" fill="&#35;c83214"/>',
    ],
    [
      'breaks in attributes',
      '<path d="M0 0\n\tL40\r\n20&#10;L0&#9;20" fill="red" style="fill:\nblue;\n stroke:\tred"/>',
    ],
    [
      'quotes and signs in attributes',
      `<text y="20" font-family='"Noto Sans", sans-serif' data-x="a &lt; b &amp; c">q</text>`,
    ],
    [
      'prefixes',
      '<s:g xmlns:s="http://www.w3.org/2000/svg"><s:rect width="20" height="20"/></s:g><i:rect xmlns:i="http://x/" width="60" height="40"/>',
    ],
    [
      'uses and gradients',
      `<defs>${squares}<linearGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient></defs><use xlink:href="#a" x="5" fill="url(#g)"/>`,
    ],
    [
      'a fallback behind what is not there',
      '<rect width="20" height="20" fill="url(other.svg#x) green"/><rect x="30" width="20" height="20" stroke="red" fill="url(#none)"/>',
    ],
    [
      'filters and masks',
      '<filter id="f"><feGaussianBlur stdDeviation="2"/></filter><mask id="m"><rect width="30" height="40" fill="#fff"/></mask><rect width="60" height="40" style="filter:url(#f);mask:url(#m)"/>',
    ],
    [
      'links that a style sheet finds',
      '<style>a:link rect{fill:red}</style><a href="https://example.com/"><rect width="9" height="9"/></a>',
    ],
    [
      'foreign content',
      '<switch><foreignObject requiredFeatures="x"><div xmlns="http://www.w3.org/1999/xhtml" onclick="a()">x</div></foreignObject><rect width="9" height="9"/></switch>',
    ],
    [
      'names that are not ASCII',
      '<g größe="1" id="ä"><rect class="ö" width="9" height="9"/></g><style>.ö{fill:red}</style><use href="#ä" y="20"/>',
    ],
  ])('has the same pixels: %s', async (_name, content) => {
    const draw = (text: Buffer) => sharp(text, { density: 144 }).raw().toBuffer();
    const plain = svg(content);
    const anew = Buffer.from(rewriteSvg(decodeText(plain)).svg);
    const [before, after] = await Promise.all([draw(plain), draw(anew)]);
    expect(after.equals(before)).toBe(true);
    expect(new Set(before).size).toBeGreaterThan(1);
    // Written once more nothing changes: it is the one spelling.
    expect(rewriteSvg(anew.toString()).svg).toBe(anew.toString());
  });
});
