import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { createPlaceholderSource, TONES } from '../../../src/encode/draw-placeholder.js';
import { initialsOf } from '../../../src/templates/initials.js';
import type { FieldSpec } from '../../../src/templates/manifest.js';

describe('initialsOf', () => {
  it.each([
    ['Ada Lovelace', 'AL'],
    ['ada lovelace', 'AL'],
    ['van der Berg, Anna', 'AB'],
    ['Anna van der Berg', 'AB'],
    ['Robert De Niro', 'RN'],
    ['Dr. José Ortega y Gasset', 'JG'],
    ['Prof. Dr. Marie Curie, PhD', 'MC'],
    ['Martin Luther King Jr.', 'MK'],
    ['Jean-Luc Picard', 'JP'],
    ['Élodie Ångström', 'ÉÅ'],
    ['Cardpress', 'C'],
    ['Acme & Sons GmbH', 'AS'],
    ['Acme, Inc.', 'A'],
    ['3M', '3'],
    ['“The Beatles” (band)', 'TB'],
    ['anna.berg@example.com', 'AB'],
    ['ßen ömer', 'ßÖ'],
    ['Ольга Петрова', 'ОП'],
    ['山田 太郎', '山'],
    ['山田太郎', '山'],
    ['김민준', '김'],
    ['محمد علي', 'م'],
    ['नितिन गडकरी', 'निग'],
    ['🚀', '🚀'],
    ['👩‍👩‍👧‍👦', '👩‍👩‍👧‍👦'],
    ['🇩🇪', '🇩🇪'],
    ['🚀 Rocket Labs', 'RL'],
    ['von', 'V'],
    ['GmbH', 'G'],
    ['  \t ', ''],
    ['', ''],
    ['---', ''],
    ['<script>alert(1)</script>', 'SS'],
  ])('%s → %s', (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });

  it('never gives more than two graphemes', () => {
    const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });
    for (const name of [
      'e\u0301a b\u0308c',
      'ǆ ŉ',
      '👍🏽 👍🏽',
      'a'.repeat(10_000),
      'x '.repeat(5_000),
    ]) {
      expect([...segmenter.segment(initialsOf(name))].length).toBeLessThanOrEqual(2);
    }
  });
});

describe('createPlaceholderSource', () => {
  const source = createPlaceholderSource();
  const field = (more: Pick<FieldSpec, 'on_error'> = {}): FieldSpec => ({
    type: 'image',
    label: 'Portrait',
    box: [300, 200],
    on_error: 'initials',
    ...more,
  });

  async function inkShare(body: Buffer): Promise<number> {
    const { data, info } = await sharp(body)
      .removeAlpha()
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return data.filter((value) => value < 150).length / (info.width * info.height);
  }

  it('draws initials in the proportions of the box', async () => {
    const picture = source.placeholder(field(), 'Ada Lovelace');
    expect(picture).toMatchObject({ contentType: 'image/svg+xml', widthPx: 300, heightPx: 200 });
    expect(picture.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(picture.body.toString()).toContain('>AL</text>');
    expect(await sharp(picture.body).metadata()).toMatchObject({
      format: 'svg',
      width: 300,
      height: 200,
    });
    expect(await inkShare(picture.body)).toBeGreaterThan(0.01);
  });

  it.each([
    'வெற்றி செய்து',
    'கௌதமி கொடி',
    'പ്രൊഫ കൊച്ചി',
    'ක්‍රීඩා ශ්‍රී',
    'မြန်မာ ကြော်',
    'नौशाद ट्रॉफी',
    'ខ្ញុំ គ្រោះ',
    'WW Mm',
  ])('has room for wide initials: %s', async (name) => {
    const { body } = source.placeholder(field({ on_error: 'initials' }), name);
    const { data, info } = await sharp(body)
      .removeAlpha()
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const dark = [...data.keys()].filter((i) => (data[i] ?? 255) < 150).map((i) => i % info.width);
    expect(dark.length).toBeGreaterThan(20);
    // Within the circle that designs cut out of the middle.
    const middle = info.width / 2;
    const reach = Math.max(...dark.map((x) => Math.abs(x - middle)));
    expect(reach).toBeLessThan(info.height * 0.48);
  });

  it('draws the neutral one where initials are not asked, or there are none', () => {
    const neutral = source.placeholder(field({ on_error: 'placeholder' }), 'Ada Lovelace');
    expect(neutral.body.toString()).not.toContain('<text');
    expect(source.placeholder(field(), undefined).body).toEqual(neutral.body);
    expect(source.placeholder(field(), ' ').body).toEqual(neutral.body);
    const { box: _box, ...boxless } = field();
    expect(source.placeholder(boxless, undefined)).toMatchObject({ widthPx: 400, heightPx: 400 });
  });

  it('gives the same initials the same picture, and different ones different colours', () => {
    const fill = (name: string) =>
      /stop-color="(#\w+)"/.exec(source.placeholder(field(), name).body.toString())?.[1];
    expect(source.placeholder(field(), 'Ada Lovelace').hash).toBe(
      source.placeholder(field(), 'Alan Lamb').hash,
    );
    const names = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('').map((letter) => fill(letter));
    expect(new Set(names).size).toBeGreaterThan(5);
  });

  it.each(['& b', '< b', '" b', "' x", '\u0001a \u0002b', '\ud800 x', ']]> x', '💡', 'ع'])(
    'is well-formed for %j',
    async (name) => {
      const { body } = source.placeholder(field(), name);
      await expect(sharp(body).png().toBuffer()).resolves.toBeDefined();
    },
  );

  it('has ink that can be read on both ends of its ground', () => {
    const luminance = (hex: string) => {
      const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
        const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    for (const { from, to, ink } of TONES) {
      for (const ground of [from, to]) {
        expect((luminance(ground) + 0.05) / (luminance(ink) + 0.05)).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});
