import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { createAssetPreparer } from '../../../src/encode/prepare-asset.js';
import { startTrap } from '../../support/trap-server.js';

const preparer = createAssetPreparer({ limits: { cpuMs: 3_000, wallMs: 40_000 } });
afterAll(() => preparer.close());

const { prepare } = preparer;
const cover = (width: number, height: number) =>
  ({ boxPx: { width, height }, fit: 'cover' }) as const;
const contain = (width: number, height: number) =>
  ({ boxPx: { width, height }, fit: 'contain' }) as const;
const asItIs = { fit: 'cover' } as const;

function plain(width: number, height: number, background = '#c83214') {
  return sharp({ create: { width, height, channels: 3, background } });
}

/** Pixels that no encoder can shorten. */
function noise(width: number, height: number, channels: 3 | 4 = 3) {
  return sharp(randomBytes(width * height * channels), { raw: { width, height, channels } });
}

async function pixelAt(body: Buffer, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(body)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = (y * info.width + x) * 4;
  return [...data.subarray(at, at + 4)];
}

/** Equal but for what lossy formats and colour conversions leave. */
function expectColour(actual: number[], expected: number[], tolerance = 4): void {
  actual.forEach((value, index) => {
    expect(Math.abs(value - (expected[index] ?? 255))).toBeLessThanOrEqual(tolerance);
  });
}

const svg = (content: string, attributes = 'width="40" height="20"') =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${attributes}>${content}</svg>`,
  );
const redRect = '<rect width="100%" height="100%" fill="#c83214"/>';

describe('what passes untouched', () => {
  it.each(['png', 'jpeg', 'webp'] as const)('a right-sized %s', async (format) => {
    const bytes = await plain(300, 200).toFormat(format).toBuffer();
    const { asset: picture, warnings } = await prepare(bytes, cover(300, 200));
    expect(picture.body).toBe(bytes);
    expect(picture).toMatchObject({ contentType: `image/${format}`, widthPx: 300, heightPx: 200 });
    expect(picture.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(warnings).toEqual([]);
  });

  it('pictures smaller than their box: they are never enlarged', async () => {
    const bytes = await plain(100, 80).png().toBuffer();
    const { asset: picture } = await prepare(bytes, cover(150, 120));
    expect(picture.body).toBe(bytes);
  });

  it('an sRGB profile, but no other', async () => {
    const srgb = await plain(50, 50).withIccProfile('srgb').png().toBuffer();
    expect((await prepare(srgb, asItIs)).asset.body).toBe(srgb);
    const p3 = await plain(50, 50, '#ff0000').withIccProfile('p3').png().toBuffer();
    const { asset: picture } = await prepare(p3, asItIs);
    expect((await sharp(picture.body).metadata()).icc).toBeUndefined();
    expectColour(await pixelAt(picture.body, 25, 25), [255, 0, 0]);
  });
});

describe('sizes', () => {
  it('fills a cover box and fits a contain box, keeping proportions', async () => {
    const logo = await noise(8000, 200).png().toBuffer();
    const contained = await prepare(logo, contain(600, 600));
    expect(contained.asset).toMatchObject({ widthPx: 600, heightPx: 15 });
    const covering = await prepare(logo, cover(100, 100));
    expect(covering.asset).toMatchObject({ widthPx: 4000, heightPx: 100 });
    expect(await sharp(covering.asset.body).metadata()).toMatchObject({
      width: 4000,
      height: 100,
    });
  });

  it('warns of a favicon in a large box, and of nothing that is shown sharply', async () => {
    const favicon = await plain(16, 16).png().toBuffer();
    const { asset: picture, warnings } = await prepare(favicon, cover(400, 200));
    expect(picture).toMatchObject({ widthPx: 16, heightPx: 16 });
    expect(warnings).toEqual([
      {
        code: 'picture_too_small',
        severity: 'warning',
        message:
          'The picture has 16x16 pixels and is enlarged 25 times. Use one of at least 400x200.',
      },
    ]);
    expect((await prepare(favicon, cover(32, 32))).warnings).toEqual([]);
    expect((await prepare(favicon, asItIs)).warnings).toEqual([]);
  });

  it('takes a single pixel, with the same warning', async () => {
    const pixel = await plain(1, 1).png().toBuffer();
    const { asset: picture, warnings } = await prepare(pixel, contain(100, 100));
    expect(picture).toMatchObject({ widthPx: 1, heightPx: 1 });
    expect(warnings).toMatchObject([{ code: 'picture_too_small' }]);
  });

  it('bounds what has no box', async () => {
    const large = await plain(6000, 6000).png().toBuffer();
    const { asset: picture } = await prepare(large, asItIs);
    expect(picture).toMatchObject({ widthPx: 4096, heightPx: 4096 });
  });
});

describe('forms', () => {
  it('keeps transparency when scaling', async () => {
    const half = sharp({
      create: {
        width: 400,
        height: 400,
        channels: 4,
        background: { r: 200, g: 50, b: 20, alpha: 0.5 },
      },
    });
    for (const format of ['png', 'webp'] as const) {
      const { asset: picture } = await prepare(
        await half.toFormat(format).toBuffer(),
        cover(100, 100),
      );
      expect(picture.contentType).toBe('image/png');
      expectColour(await pixelAt(picture.body, 50, 50), [200, 50, 20, 128]);
    }
  });

  it('keeps graphics lossless and lets photographs be JPEG', async () => {
    const png = await plain(400, 400).png().toBuffer();
    expect((await prepare(png, cover(100, 100))).asset.contentType).toBe('image/png');
    const jpeg = await plain(400, 400).jpeg().toBuffer();
    expect((await prepare(jpeg, cover(100, 100))).asset.contentType).toBe('image/jpeg');
    const large = await plain(4000, 2500).png().toBuffer();
    expect((await prepare(large, cover(2000, 1250))).asset.contentType).toBe('image/jpeg');
  });

  it('shows the first frame of what moves', async () => {
    const frames = Buffer.concat([
      await plain(40, 40, '#c83214').raw().toBuffer(),
      await plain(40, 40, '#0000ff').raw().toBuffer(),
    ]);
    const moving = () =>
      sharp(frames, { raw: { width: 40, height: 80, channels: 3, pageHeight: 40 } });
    for (const bytes of [
      await moving()
        .gif({ delay: [100, 100] })
        .toBuffer(),
      await moving()
        .webp({ delay: [100, 100], lossless: true })
        .toBuffer(),
    ]) {
      expect((await sharp(bytes).metadata()).pages).toBe(2);
      const { asset: picture, warnings } = await prepare(bytes, cover(40, 40));
      expect(picture).toMatchObject({ widthPx: 40, heightPx: 40 });
      expect((await sharp(picture.body).metadata()).pages ?? 1).toBe(1);
      expectColour(await pixelAt(picture.body, 20, 20), [200, 50, 20]);
      expect(warnings).toMatchObject([{ code: 'picture_animated', severity: 'info' }]);
    }
  });

  it('does not hand on an animated PNG', async () => {
    const still = await plain(40, 40).png().toBuffer();
    // An acTL chunk after IHDR (8 + 25 bytes) is what makes a PNG move; readers skip its checksum.
    const control = Buffer.alloc(20);
    control.writeUInt32BE(8, 0);
    control.write('acTL', 4);
    control.writeUInt32BE(2, 8);
    control.writeUInt32BE(0xdeadbeef, 16);
    const moving = Buffer.concat([still.subarray(0, 33), control, still.subarray(33)]);
    const { asset: picture, warnings } = await prepare(moving, cover(40, 40));
    expect(picture.body.includes('acTL')).toBe(false);
    expect(warnings).toMatchObject([{ code: 'picture_animated' }]);
  });

  it('turns CMYK into sRGB', async () => {
    const cmyk = await plain(100, 100, '#ffffff').toColourspace('cmyk').jpeg().toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const { asset: picture } = await prepare(cmyk, cover(100, 100));
    expect((await sharp(picture.body).metadata()).space).toBe('srgb');
    expectColour(await pixelAt(picture.body, 50, 50), [255, 255, 255]);
  });

  it('turns 16 bits into 8', async () => {
    const deep = await plain(50, 50).toColourspace('rgb16').png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    const { asset: picture } = await prepare(deep, asItIs);
    expect((await sharp(picture.body).metadata()).depth).toBe('uchar');
    expectColour(await pixelAt(picture.body, 25, 25), [200, 50, 20]);
  });

  it.each([1, 3, 6, 8])('applies EXIF orientation %i', async (orientation) => {
    // Left half red, right half blue.
    const halves = await plain(100, 40, '#0000ff')
      .composite([{ input: await plain(50, 40).png().toBuffer(), left: 0, top: 0 }])
      .withMetadata({ orientation })
      .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      .toBuffer();
    const { asset: picture } = await prepare(halves, asItIs);
    const isTurned = orientation >= 5;
    expect(picture).toMatchObject(
      isTurned ? { widthPx: 40, heightPx: 100 } : { widthPx: 100, heightPx: 40 },
    );
    expect((await sharp(picture.body).metadata()).orientation ?? 1).toBe(1);
    const red: Record<number, [number, number]> = {
      1: [10, 20],
      3: [90, 20],
      6: [20, 10],
      8: [20, 90],
    };
    const [x, y] = red[orientation] ?? [0, 0];
    expectColour(await pixelAt(picture.body, x, y), [200, 50, 20], 8);
  });

  it.each(['avif', 'tiff', 'gif'] as const)('converts %s', async (format) => {
    const bytes = await plain(64, 64).toFormat(format).toBuffer();
    const { asset: picture } = await prepare(bytes, cover(64, 64));
    expect(['image/png', 'image/jpeg']).toContain(picture.contentType);
    expectColour(await pixelAt(picture.body, 32, 32), [200, 50, 20], 8);
  });
});

describe('what it refuses', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 'is empty'],
    ['a text named .png', Buffer.from('just some words'), 'The file is text'],
    ['a web page', Buffer.from('\n<!DOCTYPE html><html><svg></svg></html>'), 'leads to a web page'],
    ['JSON', Buffer.from('{"error": "not found"}'), 'The file is text'],
    [
      'other XML',
      Buffer.from('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'),
      'text',
    ],
    ['a BMP', Buffer.from('BM\0\0\0\0', 'latin1'), 'a BMP picture'],
    ['an icon', Buffer.from([0, 0, 1, 0, 1, 0]), 'a Windows icon'],
    ['a PDF', Buffer.from('%PDF-1.7'), 'a PDF'],
    ['HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), 'a HEIC photo'],
    ['a video', Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp42', 'latin1'), 'a video'],
    [
      'random bytes',
      Buffer.concat([Buffer.from([0, 1, 2]), randomBytes(64)]),
      'not a known picture',
    ],
    ['only a signature', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), 'damaged'],
  ])('%s', async (_name, bytes, why) => {
    await expect(prepare(bytes, asItIs)).rejects.toMatchObject({
      code: 'asset_invalid',
      detail: expect.stringContaining(why),
    });
  });

  it.each(['jpeg', 'png', 'webp', 'gif'] as const)('a %s that is cut off', async (format) => {
    const whole = await noise(200, 200).toFormat(format).toBuffer();
    await expect(prepare(whole, asItIs)).resolves.toBeDefined();
    const cut = whole.subarray(0, Math.floor(whole.length / 2));
    for (const options of [asItIs, cover(50, 50)]) {
      await expect(prepare(cut, options)).rejects.toMatchObject({
        code: 'asset_invalid',
        detail: expect.stringContaining('damaged or cut off'),
      });
    }
  });

  it('more than 50 megapixels, however few bytes they take', async () => {
    const bomb = await plain(10_000, 5_001).png({ compressionLevel: 9 }).toBuffer();
    expect(bomb.length).toBeLessThan(500_000);
    await expect(prepare(bomb, cover(10, 10))).rejects.toMatchObject({
      code: 'asset_too_large',
      detail: expect.stringContaining('50 megapixels'),
    });
  });
});

describe('SVG', () => {
  it('is drawn at twice its box, transparent where it paints nothing', async () => {
    const { asset: picture, warnings } = await prepare(
      svg('<circle cx="20" cy="10" r="8" fill="#c83214"/>'),
      contain(100, 100),
    );
    expect(picture).toMatchObject({ contentType: 'image/png', widthPx: 200, heightPx: 100 });
    expectColour(await pixelAt(picture.body, 100, 50), [200, 50, 20]);
    expectColour(await pixelAt(picture.body, 2, 2), [0, 0, 0, 0]);
    expect(warnings).toEqual([]);
    const small = await prepare(svg(redRect), asItIs);
    expect(small.asset).toMatchObject({ widthPx: 1024, heightPx: 512 });
  });

  it.each([
    ['an XML declaration and comments', `<?xml version="1.0" encoding="UTF-8"?>\n<!-- logo -->\n`],
    ['a byte order mark', '\ufeff'],
    [
      'the DTD that drawing programs name',
      '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n',
    ],
    ['a style sheet instruction', '<?xml-stylesheet href="http://127.0.0.1/x.css"?>'],
  ])('may begin with %s', async (_name, prologue) => {
    const bytes = Buffer.concat([Buffer.from(prologue), svg(redRect)]);
    const { asset: picture } = await prepare(bytes, cover(40, 20));
    expectColour(await pixelAt(picture.body, 40, 20), [200, 50, 20]);
  });

  it('may have only a viewBox, or another encoding', async () => {
    const boxOnly = svg(redRect, 'viewBox="0 0 40 20"');
    const utf16 = Buffer.from(`\ufeff${svg(redRect)}`, 'utf16le');
    const latin1 = Buffer.from(
      `<?xml version="1.0" encoding="iso-8859-1"?>${svg(`<title>é</title>${redRect}`)}`,
      'latin1',
    );
    for (const bytes of [boxOnly, utf16, latin1]) {
      const { asset: picture } = await prepare(bytes, cover(40, 20));
      expectColour(await pixelAt(picture.body, 40, 20), [200, 50, 20]);
    }
  });

  it('runs no script and loads nothing from outside', async () => {
    const trap = await startTrap();
    const folder = await mkdtemp(join(tmpdir(), 'cardpress-svg-'));
    try {
      const secret = join(folder, 'secret.png');
      await writeFile(secret, await plain(40, 20, '#00ff00').png().toBuffer());
      const away = `http://127.0.0.1:${trap.port}`;
      const bytes = svg(
        `<script>fetch("${away}/script")</script><style>@import url("${away}/style");</style>` +
          `${redRect}<image width="40" height="20" href="file://${secret}"/>` +
          `<image width="40" height="20" xlink:href="${secret}"/>` +
          `<image width="40" height="20" href="${away}/image"/><use href="${away}/use#x"/>` +
          `<foreignObject width="40" height="20"><iframe xmlns="http://www.w3.org/1999/xhtml" src="${away}/frame"/></foreignObject>` +
          `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname" parse="text"/>`,
        'width="40" height="20" onload="alert(1)"',
      );
      const { asset: picture } = await prepare(bytes, cover(40, 20));
      expect(picture.contentType).toBe('image/png');
      expectColour(await pixelAt(picture.body, 40, 20), [200, 50, 20]);
      expect(trap.connections).toBe(0);
    } finally {
      await rm(folder, { recursive: true });
      await trap.close();
    }
  });

  it.each([
    [
      'entities',
      Buffer.from(
        '<!DOCTYPE svg [<!ENTITY a "<b/>">]><svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><text>&a;</text></svg>',
      ),
      'DOCTYPE',
    ],
    [
      'another root',
      Buffer.from('<html2><svg xmlns="http://www.w3.org/2000/svg"/></html2>'),
      'at its root',
    ],
    [
      'broken markup',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect'),
      'cannot be drawn',
    ],
    [
      'a nested SVG picture',
      svg('<image href="data:image/svg+xml;base64,PHN2Zy8+"/>'),
      'of a kind that is not accepted',
    ],
    [
      'a hidden nested picture',
      svg('<image href="&#x64;ata:image/png,%89PNG"/>'),
      'of a kind that is not accepted',
    ],
    [
      'text that is not UTF-8',
      Buffer.concat([svg(redRect), Buffer.from([0xff, 0xfe])]),
      'not valid text',
    ],
  ])('with %s is refused', async (_name, bytes, why) => {
    await expect(prepare(bytes, asItIs)).rejects.toMatchObject({
      code: 'asset_invalid',
      detail: expect.stringContaining(why),
    });
  });

  it('of more than a megabyte, or with a huge picture inside, is refused', async () => {
    await expect(prepare(svg(`<!--${'x'.repeat(1_100_000)}-->`), asItIs)).rejects.toMatchObject({
      code: 'asset_too_large',
    });
    const bomb = (await plain(6_000, 5_000).png({ compressionLevel: 9 }).toBuffer()).toString(
      'base64',
    );
    await expect(
      prepare(svg(`<image href="data:image/png;base64,${bomb}"/>`), asItIs),
    ).rejects.toMatchObject({ code: 'asset_too_large' });
  });

  it('may hold a picture of reasonable size', async () => {
    const inner = (await plain(40, 20).png().toBuffer()).toString('base64');
    const { asset: picture } = await prepare(
      svg(`<image width="40" height="20" href="data:image/png;base64,${inner}"/>`),
      cover(40, 20),
    );
    expectColour(await pixelAt(picture.body, 40, 20), [200, 50, 20]);
  });

  it('that would be drawn for ever is given up, and the next one is drawn', async () => {
    const filters = Array.from(
      { length: 40 },
      () => '<feTurbulence numOctaves="64" baseFrequency="0.9"/>',
    );
    const rects = '<rect width="4000" height="4000" filter="url(#f)"/>'.repeat(200);
    const endless = svg(
      `<filter id="f" x="0" y="0" width="1" height="1">${filters.join('')}</filter>${rects}`,
      'width="4000" height="4000"',
    );
    await expect(prepare(endless, asItIs)).rejects.toMatchObject({
      code: 'asset_invalid',
      detail: expect.stringContaining('cannot be drawn'),
    });
    await expect(prepare(svg(redRect), asItIs)).resolves.toBeDefined();
  });
});
