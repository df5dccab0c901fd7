import type { Dice } from '../dice.js';
import type { FuzzInput } from '../input.js';
import { blackPng } from '../png-file.js';
import { svgDocument } from '../svg-seeds.js';

type Body = (dice: Dice) => string;

/** Each level shows the one below ten times. */
function doubling(dice: Dice, wrap: (inner: string) => string = (inner) => inner): string {
  const levels = dice.pick([4, 8, 12]);
  const groups = Array.from(
    { length: levels },
    (_, i) => `<g id="l${i + 1}">${wrap(`<use href="#l${i}"/>`.repeat(10))}</g>`,
  );
  return `<defs><rect id="l0" width="9" height="9"/>${groups.join('')}</defs><use href="#l${levels}"/>`;
}

const bodies: Record<string, Body> = {
  nesting(dice) {
    const depth = dice.pick([200, 5_000, 60_000]);
    const tag = dice.pick([
      'g',
      'svg',
      'a',
      'switch',
      'g opacity=".9"',
      'g transform="scale(1.01)"',
    ]);
    return `${`<${tag}>`.repeat(depth)}<rect width="9" height="9"/>${`</${tag.split(' ')[0]}>`.repeat(depth)}`;
  },
  use: (dice) => doubling(dice),
  'use in masks': (dice) =>
    `<mask id="m"><rect width="90" height="60" fill="#fff"/></mask>${doubling(dice, (inner) => `<g mask="url(#m)">${inner}</g>`)}`,
  'use in a circle': () =>
    '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/><use href="#a"/></g>',
  filters(dice) {
    const one = dice.pick([
      '<feGaussianBlur stdDeviation="90"/>',
      '<feMorphology operator="dilate" radius="80"/>',
      '<feTurbulence baseFrequency=".9" numOctaves="99"/>',
      `<feConvolveMatrix order="30" kernelMatrix="${'1 '.repeat(900)}"/>`,
      '<feDiffuseLighting surfaceScale="9"><fePointLight x="9" y="9" z="9"/></feDiffuseLighting>',
    ]);
    const region = dice.pick(['', 'x="-5000%" y="-5000%" width="10000%" height="10000%"']);
    return `<filter id="f" ${region}>${one.repeat(dice.pick([1, 40, 400]))}</filter>${'<rect filter="url(#f)" width="90" height="60"/>'.repeat(dice.pick([1, 30]))}`;
  },
  strokes(dice) {
    const path = dice.pick([
      'M0 0L10000000 0',
      `M0 0${'L9000 9000L0 1'.repeat(400)}`,
      'M0 0C9e6 9e6 -9e6 9e6 0 0',
    ]);
    const dash = dice.pick(['.001', '.1', '.1 .001', '1e-9', '5']);
    const use = '<use href="#p"/>'.repeat(dice.pick([0, 10, 2_000]));
    return `<path id="p" d="${path}" fill="none" stroke="#000" stroke-width="${dice.pick(['1', '.001', '5000'])}" stroke-linejoin="round" stroke-dasharray="${dash}"/>${use}`;
  },
  patterns(dice) {
    const levels = dice.pick([1, 6, 30]);
    const step = dice.pick(['.01', '.5', '1e-6', '3']);
    const each = Array.from(
      { length: levels },
      (_, i) =>
        `<pattern id="p${i + 1}" width="${step}" height="${step}" patternUnits="userSpaceOnUse"><rect width="90" height="60" fill="${i === 0 ? '#f00' : `url(#p${i})`}"/></pattern>`,
    );
    return `${each.join('')}<rect width="90" height="60" fill="url(#p${levels})"/>`;
  },
  'clips and masks'(dice) {
    const levels = dice.pick([5, 60, 500]);
    const kind = dice.pick(['mask', 'clipPath']);
    const property = kind === 'mask' ? 'mask' : 'clip-path';
    const each = Array.from(
      { length: levels },
      (_, i) =>
        `<${kind} id="m${i + 1}"><rect width="90" height="60" fill="#fff" ${i === 0 ? '' : `${property}="url(#m${i})"`}/></${kind}>`,
    );
    return `${each.join('')}${`<rect width="90" height="60" ${property}="url(#m${levels})"/>`.repeat(dice.pick([1, 20]))}`;
  },
  'long paths'(dice) {
    const count = dice.pick([1_000, 40_000]);
    const points = Array.from({ length: count }, () => `${dice.below(90)} ${dice.below(60)}`);
    return `<path d="M${points.join('L')}" fill-rule="evenodd" stroke="#000" stroke-width="${dice.pick([0, 1, 40])}"/>`;
  },
  texts(dice) {
    const text = 'مرحبا WAVE 文字 '.repeat(dice.pick([20, 4_000]));
    return `<text y="30" font-size="${dice.pick(['1', '9000', '1e6'])}" ${dice.pick(['', 'textLength="9e6"', 'letter-spacing="1e6"'])}>${text}</text>`;
  },
  markers(dice) {
    const points = '1,1 2,2 '.repeat(dice.pick([50, 20_000]));
    return `<marker id="k" markerWidth="900" markerHeight="900"><circle r="90" stroke-dasharray=".01"/></marker><polyline points="${points}" marker-mid="url(#k)"/>`;
  },
  gradients: (dice) =>
    `<linearGradient id="g" spreadMethod="repeat" x2="${dice.pick(['1e-9', '.001'])}">${'<stop offset=".5"/>'.repeat(dice.pick([2, 9_000]))}</linearGradient><rect width="90" height="60" fill="url(#g)"/>`,
  attributes: (dice) =>
    `<rect ${Array.from({ length: dice.pick([100, 20_000]) }, (_, i) => `a${i}="1"`).join(' ')} width="9" height="9"/>`,
  style: (dice) =>
    `<style>${'g '.repeat(dice.pick([10, 300]))}{fill:red}${'*:nth-child(2n+1)~*{fill:blue}'.repeat(dice.pick([10, 2_000]))}</style>${'<g>'.repeat(150)}${'<rect width="1" height="1"/>'.repeat(200)}${'</g>'.repeat(150)}`,
};

/** What takes the most for the fewest bytes. */
const HEAVY = ['strokes', 'use', 'patterns', 'filters', 'markers'];

function svgBomb(dice: Dice, names = Object.keys(bodies)): FuzzInput {
  const name = dice.pick(names);
  const size = dice.pick([
    // Without a size all of it is measured before any of it is drawn.
    '',
    '',
    'width="90" height="60" viewBox="0 0 90 60"',
    'viewBox="0 0 90 60"',
    'width="6000" height="4000" viewBox="0 0 90 60"',
    'width="1" height="60000"',
  ]);
  const text = svgDocument(bodies[name]?.(dice) ?? '', size);
  return {
    kind: `bomb: ${name}`,
    made: `SVG of ${text.length} characters, ${size}`,
    bytes: Buffer.from(text),
  };
}

/** Ways in which XML lets `data:` be written, so that a search for these letters misses it. */
export const spellings: Record<string, (content: string) => string> = {
  plain: (content) => `data:image/png;base64,${content}`,
  'a line break inside': (content) => `da&#10;ta:image/png;base64,${content}`,
  'a tab inside': (content) => `dat&#x9;a:image/png;base64,${content}`,
  references: (content) => `&#100;&#x61;ta:image/png;base64,${content}`,
  'capital letters': (content) => `DATA:IMAGE/PNG;BASE64,${content}`,
  'no type': (content) => `data:;base64,${content}`,
  'text/plain': (content) => `data:text/plain;charset=US-ASCII;base64,${content}`,
  'octet stream': (content) => `data:application/octet-stream;base64,${content}`,
  'a long type': (content) => `data:image/png;${'a'.repeat(120)}=b;base64,${content}`,
  'percent signs': (content) => `data:image/png;base64,${content.replaceAll('A', '%41')}`,
  'spaces in front': (content) => `  &#x20;data:image/png;base64,${content}`,
  svg: (content) => `data:image/svg+xml;base64,${content}`,
};

/** A bomb inside a drawing: a drawing under a false name, or more pixels than are allowed. */
function bombInside(dice: Dice): FuzzInput {
  const inner = dice.chance(0.6) ? svgBomb(dice, dice.chance(0.7) ? HEAVY : undefined) : undefined;
  const side = dice.pick([7_000, 20_000]);
  const content = (inner?.bytes ?? blackPng(side, side)).toString('base64');
  const spelling = dice.pick(Object.keys(spellings));
  const address = spellings[spelling]?.(content) ?? '';
  const element = dice.pick([
    `<image width="90" height="60" href="${address}"/>`,
    `<image width="90" height="60" xlink:href='${address}'/>`,
    `<filter id="f"><feImage href="${address}"/></filter><rect filter="url(#f)" width="90" height="60"/>`,
    `<style>@import url("${address}");</style><rect width="9" height="9"/>`,
  ]);
  return {
    kind: 'bomb: inside a drawing',
    made: `${inner ? inner.kind : `PNG of ${side}x${side}`}, ${spelling}, in ${element.slice(0, 7)}`,
    bytes: Buffer.from(svgDocument(element)),
  };
}

/** Entities, inclusions and references to other files. */
function otherFiles(dice: Dice): FuzzInput {
  const entities = Array.from(
    { length: 9 },
    (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`,
  ).join('');
  const text = dice.pick([
    `<!DOCTYPE svg [<!ENTITY e0 "x">${entities}]>${svgDocument('<text>&e9;</text>')}`,
    `<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///dev/zero">]>${svgDocument('<text>&e;</text>')}`,
    svgDocument(
      '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///dev/zero" parse="text"/>',
    ),
    svgDocument('<image href="file:///dev/zero" width="9" height="9"/>'),
    svgDocument(
      '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="data:image/svg+xml,%3C!DOCTYPE%20svg%3E%3Csvg/%3E"/>',
    ),
  ]);
  return { kind: 'bomb: other files', made: text.slice(0, 60), bytes: Buffer.from(text) };
}

export const svgBombs = [(dice: Dice) => svgBomb(dice), bombInside, bombInside, otherFiles];
