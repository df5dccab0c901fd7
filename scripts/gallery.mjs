/**
 * `npm run gallery`: draws the sample of every bundled template in every size and writes
 * `docs/gallery.md` with its pictures in `docs/gallery/`. The same templates, Chromium and fonts
 * give the same files. `npm run gallery -- <folder>` writes elsewhere.
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
/** @typedef {{ size: string, dark: boolean, file: string }} Shot */

/** The compiled service, which set-up has just built. @param {string} path */
const service = (path) => import(new URL(`../dist/src/${path}`, import.meta.url).href);

/** Every size in light; the first also in dark, where the design knows it. @param {Template} t @returns {Shot[]} */
function shotsOf({ id, manifest }) {
  const [first, ...others] = Object.keys(manifest.sizes).sort((a, b) =>
    a === manifest.default_size ? -1 : b === manifest.default_size ? 1 : 0,
  );
  const hasDark = manifest.fields.theme?.choices?.includes('dark') ?? false;
  /** @param {string} size @param {boolean} dark */
  const shot = (size, dark) => ({ size, dark, file: `${id}-${size}${dark ? '-dark' : ''}.webp` });
  if (first === undefined) return [];
  return [
    shot(first, false),
    ...(hasDark ? [shot(first, true)] : []),
    ...others.map((size) => shot(size, false)),
  ];
}

/** @param {string} text */
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** What a field takes beyond its type. @param {import('../src/templates/manifest.js').FieldSpec} spec */
function limitsOf(spec) {
  const unit = spec.type === 'list' ? 'entries' : 'characters';
  const range = [
    spec.minimum !== undefined && `from ${spec.minimum}`,
    spec.maximum !== undefined && `up to ${spec.maximum}`,
  ];
  return [
    spec.required && 'required',
    spec.max_length !== undefined && `${spec.max_length} ${unit}`,
    spec.box && `${spec.box[0]} × ${spec.box[1]}`,
    ...range,
    spec.choices?.map((choice) => `\`${choice}\``).join(', '),
    (spec.default ?? '') !== '' && !spec.choices && `\`${spec.default}\` if not given`,
  ]
    .filter(Boolean)
    .join('; ');
}

/** @param {Template} template */
function fieldTable({ manifest }) {
  const rows = Object.entries(manifest.fields).map(([name, spec]) => {
    const about = [spec.label, spec.description].filter(Boolean).join('. ');
    return `| \`${name}\` | ${spec.type} | ${cell(limitsOf(spec))} | ${cell(about)} |`;
  });
  return ['| field | type | takes | what it is |', '|---|---|---|---|', ...rows].join('\n');
}

/** @param {Template} template */
function section(template) {
  const { id, manifest } = template;
  const shots = shotsOf(template);
  const lying = shots.filter(({ size }) => isLying(manifest.sizes[size]));
  const others = shots.filter((shot) => !lying.includes(shot));
  /** @param {Shot[]} row @param {string} width */
  const pictures = (row, width) =>
    row.map(({ size, dark, file }) => {
      const alt = `${manifest.name}, ${size}${dark ? ', dark' : ''}`;
      return `<img src="gallery/${file}" width="${width}" alt="${alt}">`;
    });
  const sizes = Object.entries(manifest.sizes).map(([n, [w, h]]) => `\`${n}\` ${w} × ${h}`);
  return [
    `## ${manifest.name}`,
    manifest.description,
    `\`${id}\` · ${sizes.join(' · ')}`,
    pictures(lying, '49%').join('\n'),
    pictures(others, '32%').join('\n'),
    `<details><summary>Fields</summary>\n\n${fieldTable(template)}\n\n</details>`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** @param {[number, number] | undefined} size */
const isLying = (size) => size !== undefined && size[0] > size[1] * 1.2;

/** @param {Template[]} templates */
function page(templates) {
  const links = templates.map(({ manifest: { name } }) => {
    return `[${name}](#${name.toLowerCase().replaceAll(' ', '-')})`;
  });
  return `${[
    '# The designs',
    'Every bundled design with its sample data, as `npm run gallery` draws it. Each takes a brand name, a logo, an ' +
      'accent colour, a theme and a typeface; [templates.md](templates.md) says how to make your own.',
    links.join(' · '),
    ...templates.map(section),
  ].join('\n\n')}\n`;
}

/** @param {string} docs the folder of gallery.md */
async function drawGallery(docs) {
  const [
    { composeLocalDrawing },
    { loadSettings },
    { createLogger },
    { createMetrics },
    thumbnails,
  ] = await Promise.all([
    service('compose/drawing.js'),
    service('config/settings.js'),
    service('observability/logger.js'),
    service('observability/metrics.js'),
    service('encode/draw-thumbnail.js'),
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
    writeFileSync(join(docs, 'gallery.md'), page(templates));
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
  Object.assign(process.env, await setUp({ build: 'service' }));
  await drawGallery(resolve(process.argv[2] ?? join(projectRoot, 'docs')));
});
