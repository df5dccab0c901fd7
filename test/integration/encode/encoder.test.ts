import { beforeAll, describe, expect, it } from '@jest/globals';
import sharp, { type SharpOptions } from 'sharp';
import { createEncoder } from '../../../src/encode/encoder.js';
import {
  hasQuality,
  type ImageFormat,
  imageFormatNames,
  imageFormats,
} from '../../../src/formats/image-formats.js';
import type { Output } from '../../../src/images/image.js';
import { meanDifference } from '../../support/mean-difference.js';

const encoder = createEncoder();
const PNG = { type: 'png' } as const;
const withQuality = imageFormatNames.filter(hasQuality);

const output = (more: Partial<Output>): Output => ({
  format: 'png',
  scale: 1,
  quality: more.format && hasQuality(more.format) ? 85 : 0,
  maxBytes: 0,
  ...more,
});

/** A card as the browser leaves it: gradients, text, and a photograph's grain in one corner. */
let card: Buffer;
beforeAll(async () => {
  const drawing = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="210">
      <defs><linearGradient id="a" x2="1" y2="1"><stop stop-color="#123"/><stop offset=".4" stop-color="#48a"/><stop offset="1" stop-color="#e96"/></linearGradient>
      <radialGradient id="b" cx=".8" cy=".2"><stop stop-color="#fff" stop-opacity=".5"/><stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient></defs>
      <rect width="400" height="210" fill="url(#a)"/><rect width="400" height="210" fill="url(#b)"/>
      ${[40, 75, 110].map((y) => `<text x="20" y="${y}" font-family="sans-serif" font-size="24" fill="#fff">The quick brown fox</text>`).join('')}
    </svg>`,
  );
  const grain = await sharp({
    create: {
      width: 100,
      height: 100,
      channels: 3,
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  } as SharpOptions)
    .png()
    .toBuffer();
  card = await sharp(drawing)
    .composite([{ input: grain, left: 265, top: 100 }])
    .flatten()
    .png({ compressionLevel: 1 })
    .toBuffer();
});

describe('captureForm', () => {
  it.each([
    [output({ format: 'png' }), PNG],
    [output({ format: 'webp' }), PNG],
    [output({ format: 'jpeg', quality: 77 }), { type: 'jpeg', quality: 77 }],
    [output({ format: 'jpeg', maxBytes: 9_000 }), PNG],
  ])('%j', (wanted, form) => {
    expect(encoder.captureForm(wanted)).toEqual(form);
  });
});

describe('encode', () => {
  it('writes a smaller PNG of the same pixels', async () => {
    const { body, contentType, widthPx, heightPx, warnings } = await encoder.encode(
      card,
      PNG,
      output({}),
    );
    expect({ contentType, widthPx, heightPx, warnings }).toEqual({
      contentType: 'image/png',
      widthPx: 400,
      heightPx: 210,
      warnings: [],
    });
    expect(body.length).toBeLessThan(card.length);
    expect(await sharp(body).raw().toBuffer()).toEqual(await sharp(card).raw().toBuffer());
  });

  it.each(withQuality)('writes %s, smaller at lower quality', async (format) => {
    const high = await encoder.encode(card, PNG, output({ format, quality: 90 }));
    const low = await encoder.encode(card, PNG, output({ format, quality: 50 }));
    const { mediaType } = imageFormats[format];
    expect(high).toMatchObject({ contentType: mediaType, widthPx: 400, heightPx: 210 });
    expect((await sharp(high.body).metadata()).mediaType).toBe(mediaType);
    expect(low.body.length).toBeLessThan(high.body.length);
  });

  it.each(withQuality)('keeps a %s of default quality near to the pixels', async (format) => {
    const quality = imageFormats[format].output.quality?.default ?? 0;
    const { body } = await encoder.encode(card, PNG, output({ format, quality }));
    expect(await meanDifference(body, card)).toBeLessThan(6);
  });

  it('keeps the colour of thin lines in AVIF', async () => {
    const lines = Buffer.from(
      Array.from({ length: 64 * 64 }, (_, at) => (at % 2 ? [220, 20, 20] : [20, 20, 220])).flat(),
    );
    const raw = { width: 64, height: 64, channels: 3 } as const;
    const striped = await sharp(lines, { raw }).png().toBuffer();
    const red = async (format: ImageFormat, quality: number) => {
      const { body } = await encoder.encode(striped, PNG, output({ format, quality }));
      const data = await sharp(body).removeAlpha().raw().toBuffer();
      return [data[30 * 64 * 3 + 30 * 3] ?? 0, data[30 * 64 * 3 + 31 * 3] ?? 0];
    };
    const [left = 0, right = 0] = await red('avif', 60);
    expect(left).toBeLessThan(60);
    expect(right).toBeGreaterThan(180);
    // The control: where chroma is halved, neighbours are of one colour.
    const [a = 0, b = 0] = await red('jpeg', 80);
    expect(Math.abs(a - b)).toBeLessThan(100);
  });

  it('keeps all colour detail from quality 90 on', async () => {
    for (const [quality, chroma] of [
      [89, '4:2:0'],
      [90, '4:4:4'],
      [100, '4:4:4'],
    ] as const) {
      const { body } = await encoder.encode(card, PNG, output({ format: 'jpeg', quality }));
      expect((await sharp(body).metadata()).chromaSubsampling).toBe(chroma);
    }
  });

  it("hands on the browser's JPEG as it is, where it is what was asked", async () => {
    const jpeg = await sharp(card).jpeg({ quality: 85 }).toBuffer();
    const wanted = output({ format: 'jpeg', quality: 85 });
    const same = await encoder.encode(jpeg, { type: 'jpeg', quality: 85 }, wanted);
    expect(same.body).toBe(jpeg);
    expect(same).toMatchObject({ contentType: 'image/jpeg', widthPx: 400, heightPx: 210 });
    const other = await encoder.encode(
      jpeg,
      { type: 'jpeg', quality: 85 },
      output({ format: 'jpeg', quality: 40 }),
    );
    expect(other.body.length).toBeLessThan(jpeg.length);
  });

  it('keeps transparency where the format has it, and lays others on white', async () => {
    const clear = await sharp({
      create: { width: 20, height: 10, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
    })
      .png()
      .toBuffer();
    for (const format of imageFormatNames.filter((name) => imageFormats[name].alpha)) {
      const { body } = await encoder.encode(clear, PNG, output({ format }));
      expect((await sharp(body).raw().toBuffer())[3]).toBe(0);
    }
    const { body } = await encoder.encode(clear, PNG, output({ format: 'jpeg' }));
    expect([...(await sharp(body).raw().toBuffer()).subarray(0, 3)]).toEqual([255, 255, 255]);
    const within = await encoder.encode(clear, PNG, output({ format: 'jpeg', maxBytes: 1 }));
    expect([...(await sharp(within.body).raw().toBuffer()).subarray(0, 3)]).toEqual([
      255, 255, 255,
    ]);
  });

  it('calls pixels that cannot be read encode_failed', async () => {
    for (const pixels of [Buffer.from('no picture'), card.subarray(0, card.length / 2)]) {
      await expect(encoder.encode(pixels, PNG, output({ format: 'webp' }))).rejects.toMatchObject({
        code: 'encode_failed',
      });
    }
    const form = { type: 'jpeg', quality: 85 } as const;
    await expect(encoder.encode(card, form, output({ format: 'jpeg' }))).rejects.toMatchObject({
      code: 'encode_failed',
    });
  });
});

describe('budgets', () => {
  const size = async (wanted: Output) => (await encoder.encode(card, PNG, wanted)).body.length;

  it.each(imageFormatNames)('changes nothing about a %s that fits', async (format) => {
    const free = await encoder.encode(card, PNG, output({ format }));
    const bound = await encoder.encode(card, PNG, output({ format, maxBytes: free.body.length }));
    expect(bound.body).toEqual(free.body);
    expect(bound.warnings).toEqual([]);
  });

  it('compresses a PNG harder before it gives up colours', async () => {
    const plain = await size(output({}));
    const { body, warnings } = await encoder.encode(card, PNG, output({ maxBytes: plain - 1 }));
    expect(body.length).toBeLessThan(plain);
    expect(await sharp(body).raw().toBuffer()).toEqual(await sharp(card).raw().toBuffer());
    expect(warnings).toEqual([
      {
        code: 'reencoded_for_budget',
        severity: 'info',
        message: `Saved as PNG at its strongest compression to stay within ${plain - 1} bytes (${body.length} used).`,
      },
    ]);
  });

  it('gives up more colours the tighter the budget is, and says how many are left', async () => {
    const lossless = await size(output({}));
    const seen: number[] = [];
    for (let maxBytes = Math.round(lossless / 2); ; maxBytes = Math.round(maxBytes * 0.6)) {
      const { body, warnings } = await encoder.encode(card, PNG, output({ maxBytes }));
      if (body.length > maxBytes) break;
      const data = await sharp(body).removeAlpha().raw().toBuffer();
      const colours = new Set(
        Array.from({ length: data.length / 3 }, (_, pixel) => data.readUIntBE(pixel * 3, 3)),
      );
      const [, told] = /PNG with (\d+) colours/.exec(warnings[0]?.message ?? '') ?? [];
      expect(warnings[0]).toMatchObject({ code: 'reencoded_for_budget', severity: 'warning' });
      expect(Number(told)).toBe(colours.size);
      seen.push(colours.size);
    }
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
    expect(seen[0]).toBe(256);
    expect(seen.at(-1)).toBeLessThanOrEqual(64);
  });

  it.each(withQuality)('finds the highest quality of %s that fits', async (format) => {
    const full = await size(output({ format, quality: 95 }));
    const floor = imageFormats[format].output.quality?.least ?? 0;
    const least = await size(output({ format, quality: floor }));
    for (const share of [0.25, 0.5, 0.75]) {
      const maxBytes = Math.round(least + (full - least) * share);
      const wanted = output({ format, quality: 95, maxBytes });
      const { body, warnings } = await encoder.encode(card, PNG, wanted);
      expect(body.length).toBeLessThanOrEqual(maxBytes);
      const quality = Number(/quality (\d+)/.exec(warnings[0]?.message ?? '')?.[1]);
      expect(warnings[0]).toMatchObject({ code: 'reencoded_for_budget', severity: 'warning' });
      // One step more would not have fitted.
      expect(await size(output({ format, quality: quality + 1 }))).toBeGreaterThan(maxBytes);
    }
  });

  it.each(imageFormatNames)('gives the smallest %s where nothing fits', async (format) => {
    const { body, warnings } = await encoder.encode(card, PNG, output({ format, maxBytes: 200 }));
    expect(body.length).toBeLessThan(await size(output({ format })));
    expect((await sharp(body).metadata()).mediaType).toBe(imageFormats[format].mediaType);
    expect(warnings).toMatchObject([
      {
        code: 'over_budget',
        severity: 'warning',
        message: expect.stringContaining(`has ${body.length} bytes and not at most 200`),
      },
    ]);
  });

  it('never goes up from a quality that was asked below the floor', async () => {
    const wanted = output({ format: 'jpeg', quality: 20, maxBytes: 100 });
    const { body, warnings } = await encoder.encode(card, PNG, wanted);
    expect(body.length).toBeLessThanOrEqual(await size(output({ format: 'jpeg', quality: 20 })));
    expect(warnings).toMatchObject([{ code: 'over_budget' }]);
  });
});
