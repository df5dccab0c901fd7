/**
 * `npm run gallery`: draws the sample of every bundled template in every size into `docs/gallery/`,
 * and writes the page that shows them. The same templates, Chromium and fonts give the same files.
 * `npm run gallery -- <folder>` writes elsewhere.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { projectRoot } from './setup/project-root.mjs';
import { runMain, SetupError } from './setup/setup-error.mjs';
import { setUp } from './setup.mjs';

/** Two stand side by side in the width of a page; upright ones come out narrower. */
const PICTURE_WIDTH_PX = 600;
/** A page that is opened over a telephone, too. */
const MAX_TOTAL_BYTES = 2_500_000;

/** @typedef {import('../src/templates/template.js').Template} Template */

/** What set-up has just compiled. @param {string} path */
const compiled = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);

/** @param {string} docs the folder of gallery.md */
async function drawGallery(docs) {
  const [
    { composeLocalDrawing },
    { loadSettings },
    { createLogger },
    { createMetrics },
    thumbnails,
    { galleryPage, shotsOf },
  ] = await Promise.all([
    compiled('src/compose/drawing.js'),
    compiled('src/config/settings.js'),
    compiled('src/observability/logger.js'),
    compiled('src/observability/metrics.js'),
    compiled('src/encode/draw-thumbnail.js'),
    compiled('scripts/generate/gallery-page.js'),
  ]);
  const settings = loadSettings({
    CHROMIUM_PATH: process.env.CHROMIUM_PATH,
    TEMPLATES_DIR: join(projectRoot, 'templates'),
  });
  const drawing = await composeLocalDrawing(settings, {
    logger: createLogger('error'),
    metrics: createMetrics(),
  });
  const { thumbnail } = thumbnails.createThumbnailer();
  const folder = join(docs, 'gallery');
  mkdirSync(folder, { recursive: true });
  let totalBytes = 0;
  /** @type {Set<string>} */
  const written = new Set();
  try {
    const problems = drawing.registry.problems();
    if (problems.length > 0) {
      const names = [...new Set(problems.map((/** @type {{template: string}} */ p) => p.template))];
      throw new SetupError(`these templates are not valid: ${names.join(', ')}`);
    }
    /** @type {Template[]} */
    const templates = drawing.registry.list();
    for (const template of templates) {
      const themes = template.manifest.fields.theme?.choices ?? [];
      for (const { size, dark, file } of shotsOf(template)) {
        const theme = dark ? 'dark' : 'light';
        const data = { ...template.sample, ...(themes.includes(theme) ? { theme } : {}) };
        const { spec } = drawing.prepare({ template: template.id, data, size });
        const { encoded } = await drawing.draw(spec);
        const { body } = await thumbnail(encoded.body, PICTURE_WIDTH_PX);
        writeFileSync(join(folder, file), body);
        written.add(file);
        totalBytes += body.length;
      }
    }
    for (const file of readdirSync(folder)) {
      if (!written.has(file)) rmSync(join(folder, file));
    }
    writeFileSync(join(docs, 'gallery.md'), await galleryPage());
  } finally {
    await drawing.close();
  }
  console.log(
    `cardpress: ${written.size} pictures, ${Math.round(totalBytes / 1000)} kB in ${folder}`,
  );
  if (totalBytes > MAX_TOTAL_BYTES) {
    throw new SetupError(`the gallery is larger than ${MAX_TOTAL_BYTES / 1e6} MB`);
  }
}

await runMain(async () => {
  Object.assign(process.env, await setUp({ build: 'tools' }));
  await drawGallery(resolve(process.argv[2] ?? join(projectRoot, 'docs')));
});
