import { sharp } from './configured-sharp.js';

interface Drawing {
  width: number;
  height: number;
  /** SVG below the root element. */
  content: string;
}

const block = (x: number, y: number, width: number, height: number, fill: string) =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>`;

/** A logo of blocks: a mark, and bars where the letters of its name would be. */
function wordmark(width: number, height: number, bars: number): string {
  const step = (width - height) / bars;
  const letters = Array.from({ length: bars }, (_, i) =>
    block(height + i * step, height * 0.25, step * 0.7, height * 0.5, '#2563eb'),
  );
  return `<circle cx="${height / 2}" cy="${height / 2}" r="${height * 0.45}" fill="#e11d48"/>${letters.join('')}`;
}

/** Light and dark squares of the size of letters: the hardest background for text. */
function chequers(side: number, count: number): string {
  const cell = side / count;
  const dark = Array.from({ length: count * count }, (_, i) => [i % count, Math.floor(i / count)])
    .filter(([x = 0, y = 0]) => (x + y) % 2 === 0)
    .map(([x = 0, y = 0]) => block(x * cell, y * cell, cell, cell, '#141414'));
  return block(0, 0, side, side, '#f5f5f5') + dark.join('');
}

/** The assets that checks put into image fields. */
const drawings = {
  wide: { width: 8000, height: 200, content: wordmark(8000, 200, 40) },
  square: {
    width: 600,
    height: 600,
    content: `${block(0, 0, 600, 600, '#fde68a')}<circle cx="300" cy="300" r="210" fill="#b45309"/>`,
  },
  tall: {
    width: 200,
    height: 3000,
    content: `${block(0, 0, 200, 3000, '#bae6fd')}${block(60, 100, 80, 2800, '#0369a1')}`,
  },
  one_pixel: { width: 1, height: 1, content: block(0, 0, 1, 1, '#7c3aed') },
  transparent: {
    width: 800,
    height: 400,
    content: '<circle cx="400" cy="200" r="150" fill="#059669" fill-opacity="0.85"/>',
  },
  white: { width: 1600, height: 1600, content: block(0, 0, 1600, 1600, '#ffffff') },
  black: { width: 1600, height: 1600, content: block(0, 0, 1600, 1600, '#000000') },
  busy: { width: 1600, height: 1600, content: chequers(1600, 50) },
} as const satisfies Record<string, Drawing>;

type Kind = keyof typeof drawings;

async function drawPng({ width, height, content }: Drawing): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" shape-rendering="crispEdges">${content}</svg>`;
  // Few colours: an indexed PNG of a few kilobytes adds little to a job.
  return sharp(Buffer.from(svg)).png({ palette: true, compressionLevel: 9 }).toBuffer();
}

/** Test assets as `data:` URLs of PNG. Each kind is drawn once, at its first use. */
export function createTestAssets() {
  const drawn = new Map<Kind, Promise<Buffer>>();
  return {
    async address(kind: Kind): Promise<string> {
      const png = drawn.get(kind) ?? drawPng(drawings[kind]);
      drawn.set(kind, png);
      return `data:image/png;base64,${(await png).toString('base64')}`;
    },
  };
}
