// Makes src/links/static-card.ts: the picture of last resort, in every format, as small as it can be.
// Run it after changing the drawing: node scripts/make-static-card.mjs
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

// The bloom of the generic card, flat: few colours make a small PNG.
const petal = (turn, colour) =>
  `<ellipse cx="600" cy="195" rx="74" ry="122" fill="${colour}" transform="rotate(${turn} 600 315)"/>`;
const petals = [0, 60, 120, 180, 240, 300].map((turn, at) =>
  petal(turn, at % 2 === 0 ? '#7a6ce0' : '#9d93ea'),
);
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="630">
<rect width="1200" height="630" fill="#f4f2fd"/>
${petals.join('\n')}
<circle cx="600" cy="315" r="66" fill="#5b4bd6"/>
<rect y="612" width="1200" height="18" fill="#5b4bd6"/></svg>`;

const drawing = sharp(Buffer.from(svg)).flatten({ background: '#f4f2fd' });
/** As small as each format is with these few colours. */
const smallest = {
  png: drawing.clone().png({ palette: true, colours: 32, effort: 10, compressionLevel: 9 }),
  jpeg: drawing.clone().jpeg({ quality: 72, mozjpeg: true }),
  webp: drawing.clone().webp({ quality: 72, effort: 6 }),
  avif: drawing.clone().avif({ quality: 50, effort: 9, chromaSubsampling: '4:2:0' }),
};
const cards = await Promise.all(
  Object.entries(smallest).map(async ([format, image]) => ({
    format,
    body: await image.toBuffer(),
  })),
);

const text = `import { imageFormats } from '../formats/image-formats.js';
import type { ImageFormat } from '../images/image.js';

/* Made by scripts/make-static-card.mjs. Part of the program, so that it is there when nothing else is. */

// biome-ignore format: bytes
const base64: Record<ImageFormat, string> = {
${cards.map(({ format, body }) => `  ${format}: '${body.toString('base64')}',`).join('\n')}
};

const card = (format: ImageFormat) => ({
  body: Buffer.from(base64[format], 'base64'),
  contentType: imageFormats[format].mediaType,
});

/** The picture of last resort, 1200 x 630 pixels. */
export const staticCard: Readonly<Record<ImageFormat, { body: Buffer; contentType: string }>> = {
${cards.map(({ format }) => `  ${format}: card('${format}'),`).join('\n')}
};
`;
writeFileSync(fileURLToPath(new URL('../src/links/static-card.ts', import.meta.url)), text);
process.stdout.write(
  `${cards.map(({ format, body }) => `${format} ${body.length}`).join(', ')} bytes\n`,
);
