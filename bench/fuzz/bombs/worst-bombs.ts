import type { FuzzInput } from '../input.js';
import { blackPng } from '../png-file.js';
import { svgDocument } from '../svg-seeds.js';
import { scanBomb } from './jpeg-bombs.js';
import { spellings } from './svg-bombs.js';

/** A zigzag of dashes, drawn again and again; without a size, so that it is measured first. */
const zigzag = (dash: string, times: number) =>
  svgDocument(
    `<path id="p" d="M0 0${'L9000 9000L0 1'.repeat(400)}" fill="none" stroke="#000" stroke-dasharray="${dash}"/>${'<use href="#p"/>'.repeat(times)}`,
    '',
  );

const base64 = (content: string | Buffer) => Buffer.from(content).toString('base64');

/** A drawing that shows a file under the name of a PNG. */
function showing(content: string | Buffer, spelling = 'plain'): string {
  const address = spellings[spelling]?.(base64(content)) ?? '';
  return svgDocument(`<image width="90" height="60" href="${address}"/>`);
}

const uses = Array.from(
  { length: 11 },
  (_, i) => `<g id="l${i + 1}">${`<use href="#l${i}"/>`.repeat(10)}</g>`,
);
const laughs = svgDocument(
  `<defs><rect id="l0" width="9" height="9"/>${uses.join('')}</defs><use href="#l11"/>`,
  '',
);
const everywhere = 'x="-5000%" y="-5000%" width="10000%" height="10000%"';
const noise = svgDocument(
  `<filter id="f" ${everywhere}>${'<feTurbulence baseFrequency=".9" numOctaves="99"/><feMorphology operator="dilate" radius="90"/>'.repeat(20)}</filter><rect filter="url(#f)" width="90" height="60"/>`,
  'width="4000" height="4000" viewBox="0 0 90 60"',
);

const drawings: [string, () => string][] = [
  ['dashes inside a drawing, as a PNG', () => showing(zigzag('.1', 2_000))],
  [
    'dashes inside a drawing, with a line break',
    () => showing(zigzag('.1', 2_000), 'a line break inside'),
  ],
  ['dashes inside a drawing inside a drawing', () => showing(showing(zigzag('.1', 2_000)))],
  ['dashes', () => zigzag('.001', 2_000)],
  ['ten to the eleventh rectangles', () => laughs],
  ['ten to the eleventh rectangles inside a drawing', () => showing(laughs)],
  [
    '400 megapixels inside a drawing, as text',
    () => showing(blackPng(20_000, 20_000), 'text/plain'),
  ],
  ['noise over everything', () => noise],
  ['noise inside a drawing', () => showing(noise, 'octet stream')],
];

/**
 * The worst of each kind that is known, in each run: chance would bring them seldom. The first of
 * them took a service 5 GB in five seconds, the scans a thread for 50 s.
 */
export const worstBombs: (() => FuzzInput)[] = [
  ...drawings.map(([made, draw]) => () => ({ kind: 'worst', made, bytes: Buffer.from(draw()) })),
  () => ({ ...scanBomb(6_900, 2_646, [1, 2, 3]), kind: 'worst' }),
  () => ({ ...scanBomb(6_900, 800, [1]), kind: 'worst' }),
];
