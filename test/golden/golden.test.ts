import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { composeLocalDrawing } from '../../src/compose/drawing.js';
import { loadSettings } from '../../src/config/settings.js';
import { createLogger } from '../../src/observability/logger.js';
import { createMetrics } from '../../src/observability/metrics.js';
import type { TemplateManifest } from '../../src/templates/manifest.js';
import { chromiumPath } from '../support/chromium-path.js';
import { compareWithGolden, writeGolden } from '../support/golden.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TEMPLATES = join(ROOT, 'templates');
const PICTURES = join(ROOT, 'test/golden/pictures');
const DIFFERENCES = join(ROOT, '.cache/golden');
/** What every clone has to carry. */
const MAX_BYTES = 6 * 1024 * 1024;

const isUpdating = process.env.UPDATE_GOLDEN === 'true';
if (isUpdating && process.env.CI === 'true') {
  throw new Error('UPDATE_GOLDEN is not for CI: a picture that changed has to be looked at.');
}

const manifestOf = (id: string) =>
  JSON.parse(readFileSync(join(TEMPLATES, id, 'template.json'), 'utf8')) as TemplateManifest;
const ids = readdirSync(TEMPLATES).filter((id) => existsSync(join(TEMPLATES, id, 'template.json')));
const cards = ids.flatMap((id) => Object.keys(manifestOf(id).sizes).map((size) => ({ id, size })));
const fileOf = ({ id, size }: { id: string; size: string }) => `${id}-${size}.webp`;

let drawing: Awaited<ReturnType<typeof composeLocalDrawing>>;

beforeAll(async () => {
  const settings = loadSettings({
    TEMPLATES_DIR: TEMPLATES,
    CHROMIUM_PATH: await chromiumPath(),
    RENDER_CONCURRENCY: '1',
    RENDER_TIMEOUT_MS: '60000',
  });
  const observers = { logger: createLogger('silent'), metrics: createMetrics() };
  drawing = await composeLocalDrawing(settings, observers);
});
afterAll(() => drawing?.close());

async function draw({ id, size }: { id: string; size: string }) {
  const { sample } = drawing.registry.get(id);
  const { spec, warnings } = drawing.prepare({ template: id, data: sample, size });
  const drawn = await drawing.draw(spec);
  return { picture: drawn.encoded.body, warnings: [...warnings, ...drawn.warnings] };
}

describe('the bundled templates', () => {
  it('are all valid', () => {
    expect(drawing.registry.problems()).toEqual([]);
    expect(drawing.registry.list().map(({ id }) => id)).toEqual(ids);
  });

  it.each(cards)('look as they did: $id, $size', async (card) => {
    const path = join(PICTURES, fileOf(card));
    const { picture, warnings } = await draw(card);
    // A sample is what people see first.
    expect(warnings.filter(({ severity }) => severity === 'error')).toEqual([]);

    const compared = await compareWithGolden(path, picture);
    if (compared?.same) return;
    if (isUpdating) {
      await writeGolden(path, picture);
      return;
    }
    if (!compared) {
      throw new Error(
        `There is no ${fileOf(card)}. Look at the picture, then run: UPDATE_GOLDEN=true npm test -- test/golden`,
      );
    }
    const difference = join(DIFFERENCES, fileOf(card).replace('.webp', '.png'));
    await mkdir(dirname(difference), { recursive: true });
    await writeFile(difference, await compared.picture());
    throw new Error(
      `${fileOf(card)}: ${(compared.share * 100).toFixed(2)}% of the pixels differ, by up to ${compared.largest}. ` +
        `Look at ${difference}; if it is meant to be so, run: UPDATE_GOLDEN=true npm test -- test/golden`,
    );
  });

  it('have no picture of what does not exist any more, and few bytes in all', async () => {
    const files = readdirSync(PICTURES);
    expect(files.filter((file) => !cards.map(fileOf).includes(file))).toEqual([]);
    const sizes = await Promise.all(files.map(async (f) => (await stat(join(PICTURES, f))).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_BYTES);
  });
});

describe('the comparison', () => {
  it('sees a line that moved by one pixel, and a colour that is off by a little', async () => {
    const [card] = cards;
    if (!card) throw new Error('There is no template.');
    const { picture } = await draw(card);
    const path = join(DIFFERENCES, 'self-test.webp');
    await writeGolden(path, picture);
    expect(await compareWithGolden(path, picture)).toMatchObject({ same: true, share: 0 });

    const { width = 0, height = 0 } = await sharp(picture).metadata();
    const moved = await sharp(picture)
      .extract({ left: 1, top: 0, width: width - 1, height })
      .extend({ left: 0, right: 1, extendWith: 'copy' })
      .png()
      .toBuffer();
    expect(await compareWithGolden(path, moved)).toMatchObject({ same: false });
    const tinted = await sharp(picture).linear(1, 6).png().toBuffer();
    expect(await compareWithGolden(path, tinted)).toMatchObject({ same: false });
    expect(await compareWithGolden(join(DIFFERENCES, 'none.webp'), picture)).toBeUndefined();
  });
});
