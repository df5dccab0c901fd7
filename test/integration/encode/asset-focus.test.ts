import { afterAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { createAssetPreparer } from '../../../src/encode/prepare-asset.js';
import type { AssetRequest } from '../../../src/images/ports.js';
import { readPixels } from '../../support/colour-code.js';

const preparer = createAssetPreparer();
afterAll(() => preparer.close());

type Focus = AssetRequest['focus'];

const [RED, GREEN, BLUE] = ['#ff0000', '#00ff00', '#0000ff'];

/** Three fields of colour side by side, or on top of each other. */
function stripes(width: number, height: number, direction: 'across' | 'down'): Promise<Buffer> {
  const isAcross = direction === 'across';
  const part = isAcross ? [Math.ceil(width / 3), height] : [width, Math.ceil(height / 3)];
  const [partWidth = 1, partHeight = 1] = part;
  return sharp({ create: { width, height, channels: 3, background: GREEN ?? '' } })
    .composite(
      [RED, BLUE].map((background, i) => ({
        input: { create: { width: partWidth, height: partHeight, channels: 3, background } },
        left: isAcross && i === 1 ? width - partWidth : 0,
        top: !isAcross && i === 1 ? height - partHeight : 0,
      })),
    )
    .png()
    .toBuffer();
}

async function prepared(bytes: Buffer, box: [number, number], focus?: Focus) {
  const { asset: picture } = await preparer.prepare(bytes, {
    boxPx: { width: box[0], height: box[1] },
    fit: 'cover',
    ...(focus ? { focus } : {}),
  });
  const pixels = await readPixels(picture.body);
  return {
    size: [picture.widthPx, picture.heightPx],
    middle: pixels.at(Math.floor(pixels.width / 2), Math.floor(pixels.height / 2)),
  };
}

describe('a picture with a focus', () => {
  it.each<[Focus, string]>([
    ['left', RED],
    ['right', BLUE],
    ['top', GREEN],
  ])('wider than its box keeps its part: %s', async (focus, colour) => {
    const wide = await stripes(900, 300, 'across');
    expect(await prepared(wide, [150, 150], focus)).toEqual({ size: [150, 150], middle: colour });
  });

  it.each<[Focus, string]>([
    ['top', RED],
    ['bottom', BLUE],
    ['left', GREEN],
  ])('higher than its box keeps its part: %s', async (focus, colour) => {
    const high = await stripes(300, 900, 'down');
    expect(await prepared(high, [150, 150], focus)).toEqual({ size: [150, 150], middle: colour });
  });

  it('without one is not cropped: the layout shows its middle', async () => {
    const wide = await stripes(900, 300, 'across');
    expect(await prepared(wide, [150, 150])).toEqual({ size: [450, 150], middle: GREEN });
  });

  it('finds what catches the eye with attention', async () => {
    const dull = sharp({
      create: { width: 1200, height: 300, channels: 3, background: '#7a7a7a' },
    });
    const face = await sharp({
      create: { width: 140, height: 180, channels: 3, background: '#e0a080' },
    })
      .png()
      .toBuffer();
    for (const left of [60, 1000]) {
      const picture = await dull
        .clone()
        .composite([{ input: face, left, top: 60 }])
        .png()
        .toBuffer();
      const seen = await prepared(picture, [200, 200], 'attention');
      expect(seen).toEqual({ size: [200, 200], middle: '#e0a080' });
      expect((await prepared(picture, [200, 200], 'left')).middle === '#e0a080').toBe(left === 60);
    }
  });

  it('is cropped, but never enlarged', async () => {
    const small = await stripes(90, 30, 'across');
    expect(await prepared(small, [600, 600], 'right')).toEqual({ size: [30, 30], middle: BLUE });
  });

  it('is handed on untouched where it has the shape of its box already', async () => {
    const square = await stripes(150, 150, 'across');
    const { asset: picture } = await preparer.prepare(square, {
      boxPx: { width: 150, height: 150 },
      fit: 'cover',
      focus: 'left',
    });
    expect(picture.body).toBe(square);
  });

  it('is stood upright before its part is looked for', async () => {
    const lying = await sharp(await stripes(300, 900, 'down'))
      .rotate(90)
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .withMetadata({ orientation: 8 })
      .toBuffer();
    const { size, middle } = await prepared(lying, [150, 150], 'top');
    expect(size).toEqual([150, 150]);
    expect(middle).toMatch(/^#f[c-f]0[0-3]0[0-3]$/);
  });

  it('may be SVG', async () => {
    const svg = Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="100"><rect width="300" height="100" fill="${GREEN}"/><rect width="100" height="100" fill="${RED}"/></svg>`,
    );
    const { size, middle } = await prepared(svg, [50, 50], 'left');
    expect(size[0]).toBe(size[1]);
    expect(middle).toBe(RED);
  });
});
