import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { createAssetSource } from '../../../src/assets/asset-source.js';
import { createAssetPreparer } from '../../../src/encode/prepare-asset.js';
import { AppError } from '../../../src/errors/app-error.js';
import {
  startTemplateRenderer,
  type TemplateRenderer,
} from '../../support/templates/render-template.js';
import { manifestJson, templateFiles } from '../../support/templates/template-files.js';

const [RED, GREEN] = ['#ff0000', '#00ff00'];

/** Green with a red part at the left. */
const wide = await sharp({ create: { width: 600, height: 200, channels: 3, background: GREEN } })
  .composite([
    {
      input: { create: { width: 200, height: 200, channels: 3, background: RED } },
      left: 0,
      top: 0,
    },
  ])
  .png()
  .toBuffer();
const address = `data:image/png;base64,${wide.toString('base64')}`;

function card(focus?: string) {
  return templateFiles({
    'template.json': JSON.stringify(
      manifestJson({
        sizes: { small: [100, 100] },
        default_size: 'small',
        fields: {
          cover: { type: 'image', label: 'Cover', box: [100, 100], ...(focus ? { focus } : {}) },
        },
      }),
    ),
    'template.hbs': '<img src="{{cover}}" alt="" data-field="cover">',
    'style.css': 'img { width: 100px; height: 100px; object-fit: cover }',
    'sample.json': '{ "cover": "asset:wide.png" }',
    'assets/wide.png': wide,
  });
}

let press: TemplateRenderer['press'];
let stop: TemplateRenderer['stop'] | undefined;

beforeAll(async () => {
  ({ press, stop } = await startTemplateRenderer({
    plain: card(),
    center: card('center'),
    left: card('left'),
  }));
});
afterAll(() => stop?.());

describe('the focus of an image field', () => {
  it.each([
    ['a given picture', { cover: address }],
    ["one of the template's own", { cover: 'asset:wide.png' }],
  ])('decides what is seen of %s', async (_, data) => {
    const middle = async (template: string) => (await press(template, data)).at(50, 50);
    expect(await middle('plain')).toBe(GREEN);
    expect(await middle('center')).toBe(GREEN);
    expect(await middle('left')).toBe(RED);
  });
});

describe('prepared pictures', () => {
  it('are kept apart by their focus', async () => {
    const preparer = createAssetPreparer();
    const source = createAssetSource({
      fetch: async () => {
        throw new AppError('asset_unreachable', { detail: 'Nothing is fetched here.' });
      },
      prepare: preparer.prepare,
    });
    const request = { url: address, fit: 'cover', boxPx: { width: 100, height: 100 } } as const;
    const plain = await source.fetch(request);
    const left = await source.fetch({ ...request, focus: 'left' });
    const right = await source.fetch({ ...request, focus: 'right' });
    const again = await source.fetch({ ...request, focus: 'left' });
    const hashes = [plain, left, right].map(({ asset: picture }) => picture.hash);
    expect(new Set(hashes).size).toBe(3);
    expect(again.asset).toBe(left.asset);
    await source.close();
    await preparer.close();
  });
});
