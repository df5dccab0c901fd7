import sharp from 'sharp';
import { imageFormatNames } from '../../src/formats/image-formats.js';
import { colourFields } from './colour-code.js';
import {
  colour,
  expect,
  type GoodKind,
  image,
  lookAt,
  PATIENCE_MS,
  pathOf,
  pick,
} from './good-kind.js';
import { pause, settled } from './http-client.js';

const BATCH_ROWS = 20;
/** Pictures of a batch that are looked at. */
const LOOKED_AT = 3;
const BATCH_OVER = ['completed', 'partial', 'failed', 'cancelled'];
/** Of a bundled template's picture at least; an empty one is of one colour. */
const MIN_DEVIATION = 1;

const single: GoodKind = {
  name: 'image',
  weight: 40,
  async run({ ask, took }, text) {
    const startedAt = performance.now();
    const { json } = await image(ask, colour(text));
    took(performance.now() - startedAt);
    await lookAt(await ask(pathOf(json.url)), text);
  },
};

const designed: GoodKind = {
  name: 'bundled template',
  weight: 25,
  async run({ ask, random, samples }, text) {
    const { id, sizes, sample } = pick(samples, random);
    const accent = String(colourFields(text).c1);
    const format = pick(imageFormatNames, random);
    const size = pick(sizes, random);
    const body = { template: id, data: { ...sample, accent }, size, output: { format } };
    const { json } = await image(ask, body);
    const picture = await ask(pathOf(json.url));
    const meta = await sharp(picture.bytes).metadata();
    const { channels } = await sharp(picture.bytes).stats();
    const isWhole = meta.width === json.width && meta.height === json.height;
    const isDrawn = channels.some(({ stdev }) => stdev > MIN_DEVIATION);
    if (!isWhole || !isDrawn)
      throw new Error(`${id} ${size} ${format}: whole ${isWhole}, drawn ${isDrawn}`);
  },
};

const withPicture: GoodKind = {
  name: 'image with a picture',
  weight: 8,
  async run({ ask, strange }, text) {
    const { template, data } = colour(text);
    const photo = `${strange.url}/good?${encodeURIComponent(text)}`;
    const { json } = await image(ask, { template, data: { ...data, photo } });
    await lookAt(await ask(pathOf(json.url)), text);
    if (json.warnings?.length) throw new Error(`${text}: ${json.warnings[0]?.code}`);
  },
};

const told: GoodKind = {
  name: 'image with a webhook',
  weight: 6,
  async run({ ask, strange }, text) {
    const { json } = await image(ask, { ...colour(text), webhook_url: `${strange.url}/hook` });
    await lookAt(await ask(pathOf(json.url)), text);
    const deadline = Date.now() + PATIENCE_MS;
    while (!strange.wasTold(String(json.id))) {
      if (Date.now() > deadline) throw new Error(`nobody was told of ${text}`);
      await pause(100);
    }
  },
};

const previewed: GoodKind = {
  name: 'preview',
  weight: 5,
  async run({ ask }, text) {
    const { data } = colour(text);
    const preview = () => ask('/v1/templates/colour-code/preview', { body: { data } });
    const first = await preview();
    // A preview is not queued for long: where others are ahead it says so, and asks to come again.
    if (first.json.code !== 'preview_timeout') return lookAt(first, text);
    await pause(Number(first.headers.get('retry-after')) * 1000);
    return lookAt(await preview(), text);
  },
};

const deleted: GoodKind = {
  name: 'delete',
  weight: 5,
  async run({ ask }, text) {
    const { json } = await image(ask, colour(text));
    const gone = await ask(`/v1/images/${json.id}`, { method: 'DELETE' });
    expect(gone.status === 204, 'deleting', gone);
    const after = await ask(pathOf(json.url));
    expect(after.status === 404, 'a deleted picture', after);
  },
};

const batched: GoodKind = {
  name: 'batch',
  weight: 2,
  atOnce: 1,
  async run({ ask, random, strange }, text) {
    const rows = Array.from({ length: BATCH_ROWS }, (_, i) => `${text} row ${i}`);
    const items = rows.map((row) => ({ ref: row, data: colour(row).data }));
    const body = { template: 'colour-code', items, webhook_url: `${strange.url}/hook` };
    const begun = await ask('/v1/batches', { body });
    expect(begun.status === 202, 'a batch', begun);
    const path = `/v1/batches/${begun.json.id}`;
    const over = await settled(ask, path, ({ json }) => BATCH_OVER.includes(String(json.status)));
    expect(over.json.counts?.completed === BATCH_ROWS, JSON.stringify(over.json.counts), over);
    const { json } = await ask(`${path}/items?limit=${BATCH_ROWS}`);
    for (let looked = 0; looked < LOOKED_AT; looked += 1) {
      const item = pick(json.items ?? [], random);
      await lookAt(await ask(pathOf(item.image_url)), String(item.ref));
    }
  },
};

/** Images and batches that are asked for with a key. */
export const goodImages: GoodKind[] = [
  ...[single, designed, withPicture, told],
  ...[previewed, deleted, batched],
];
