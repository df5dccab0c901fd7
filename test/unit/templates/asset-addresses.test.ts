import { describe, expect, it } from '@jest/globals';
import { decodeDataUrl } from '../../../src/assets/data-url.js';
import {
  MAX_DATA_URL_CHARACTERS,
  parseAssetAddress,
  parseWebAddress,
} from '../../../src/templates/parse-address.js';

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const wrapped = PIXEL.replaceAll(/.{20}/g, '$&\r\n ');
const read = (raw: string) => parseAssetAddress(raw, new Set());

function content(raw: string): string {
  const parsed = read(raw);
  if ('problem' in parsed) return `refused: ${parsed.problem}`;
  expect(read(parsed.value)).toEqual(parsed);
  return decodeDataUrl(parsed.value, 10_000).toString('utf8');
}

describe('pictures in data: addresses', () => {
  it.each([
    [`data:image/png;base64,${wrapped}`],
    [`data:image/png;base64, ${PIXEL}`],
    [`data: image/png ; base64 ,${PIXEL}`.replace(' ;', ';')],
    [`data:image/png;charset="utf-8";base64,${wrapped}`],
  ])('are base64 however it is wrapped: %j', (raw) => {
    expect(read(raw)).toEqual({ value: `data:image/png;base64,${PIXEL}` });
  });

  it.each([
    [
      'data:image/svg+xml,<svg fill="#f00" width="100%">é山</svg>',
      '<svg fill="#f00" width="100%">é山</svg>',
    ],
    ['data:image/svg+xml;utf8,<svg>\n\t<path/>\n</svg>\n', '<svg>\n\t<path/>\n</svg>'],
    ['data:image/svg+xml;charset=utf-8,%3Csvg%3E Größe%C3%A9 %3C/svg%3E', '<svg> Größeé </svg>'],
    ["data:image/svg+xml,<svg width='100%' fill='#abc'/>", "<svg width='100%' fill='#abc'/>"],
    ['data:image/svg+xml,%3Csvg/%3E', '<svg/>'],
  ])('are SVG however it is escaped: %j', (raw, text) => expect(content(raw)).toBe(text));

  it.each([
    ['data:image/png;base64', 'no comma'],
    ['data:image/tiff;base64,AAAA', 'image/tiff is not accepted'],
    ['data:text/html,<b>', 'text/html is not accepted'],
    ['data:,abc', 'no kind of picture'],
    ['data:image/png;base64,AA!\nA', 'from character 3 on'],
    ['data:image/png;base64,\n', 'ends before'],
    ['data:image/png,\u0089PNG', 'write it as base64'],
    [`data:image/svg+xml,<svg>é${'x'.repeat(MAX_DATA_URL_CHARACTERS - 100)}</svg>`, 'too large'],
  ])('are refused with the reason: %.40j', (raw, reason) => {
    expect(read(raw)).toEqual({ problem: expect.stringContaining(reason) });
  });

  it('take linear time', () => {
    const startedAt = performance.now();
    for (const piece of ['%4', '%41', ' ', '\n', ';a', ';base64', 'é', ',']) {
      read(`data:image/svg+xml${piece.repeat(900_000 / piece.length)}`);
      read(`data:image/svg+xml,${piece.repeat(900_000 / piece.length)}`);
    }
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('addresses without a scheme', () => {
  it('take https', () => {
    expect(read('//cdn.x.test/a b.png?w=1')).toEqual({
      value: 'https://cdn.x.test/a%20b.png?w=1',
      schemeAdded: true,
    });
    expect(parseWebAddress('//x.test/a')).toEqual({ value: 'https://x.test/a', schemeAdded: true });
  });

  it.each(['///x.test/a.png', '//', '/\\x.test/a.png', '//user:pw@x.test/a.png'])(
    'but not %j',
    (raw) => {
      expect(read(raw)).toHaveProperty('problem');
    },
  );
});
