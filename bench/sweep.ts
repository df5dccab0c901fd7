import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright';
import { createAddressPolicy } from '../src/assets/address-policy.js';
import { startEgressProxy } from '../src/assets/egress-proxy.js';
import { createBrowserSupervisor } from '../src/browser/browser-supervisor.js';
import { loadFontLibrary } from '../src/browser/font-library.js';
import { createInternalOrigin, INTERNAL_HOST } from '../src/browser/internal-origin.js';
import { launchChromium } from '../src/browser/launch-chromium.js';
import { createRenderer } from '../src/browser/renderer.js';
import { packageInfo } from '../src/config/package-info.js';
import { createPlaceholderSource } from '../src/encode/draw-placeholder.js';
import { createPixelReader } from '../src/encode/pixel-reader.js';
import { createPrepare } from '../src/images/prepare.js';
import { loadFolderRegistry } from '../src/library/folder-registry.js';
import { documentLanguage } from '../src/templates/document-language.js';
import type { Template } from '../src/templates/template.js';
import { contactSheet, type SheetPicture } from './sweep/contact-sheet.js';
import { fillFields } from './sweep/fill-fields.js';
import { lookAtLines } from './sweep/look-at-lines.js';
import { type SweepText, sweepTexts } from './sweep/texts.js';

/*
 * Scripts of the world in every bundled design and size: whether the verdict tells of every box, cut
 * and overlap that is to be seen in the pixels. Writes contact sheets to look at.
 *
 *   npm run bench -- sweep                                   # some 2,000 cards: most of an hour
 *   npm run bench -- sweep --templates podcast --sizes og,square --texts Thai,capitals
 *   npm run bench -- sweep --all                             # scripts that few write, too
 *   --out folder                                             # default: sweep-sheets
 */
const { values } = parseArgs({
  options: {
    templates: { type: 'string' },
    sizes: { type: 'string' },
    texts: { type: 'string' },
    all: { type: 'boolean', default: false },
    out: { type: 'string', default: 'sweep-sheets' },
  },
});
const chosen = (list: string | undefined, name: string) =>
  list === undefined || list.split(',').includes(name);

/** Soft edges that meet are no overlap, and a row of pixels is no cut that anyone sees. */
const MOST_COMMON = 12;
const MOST_CUT_ROWS = 2;
/** Nobody has a font for these yet; they are told of as `glyph_missing`. */
const WITHOUT_FONT = /^(Kawi|Nag_Mundari|Tangsa|Toto|Vithkuqi)$/;
const NOT_SEEN = 'not looked at';
const CUT = ['text_clipped', 'text_shortened', 'text_overflows'];

const origin = createInternalOrigin(loadFontLibrary());
const proxy = await startEgressProxy({
  policy: createAddressPolicy({ allow: [] }),
  allowedHosts: () => new Set(),
  internal: { host: INTERNAL_HOST, handle: origin.handle },
  onRefused: () => undefined,
});
let browser: Browser | undefined;
const supervisor = createBrowserSupervisor({
  async launch() {
    browser = await launchChromium({
      executablePath: process.env.CHROMIUM_PATH ?? '',
      sandbox: process.getuid?.() !== 0,
      proxyUrl: proxy.url,
      timeoutMs: 60_000,
    });
    return browser;
  },
  maxRenders: 1_000_000,
  maxBytes: 8 * 1024 ** 3,
  closeTimeoutMs: 5_000,
  memoryCheckIntervalMs: 600_000,
  onRestart: () => undefined,
});
const pixelReader = createPixelReader();
const renderer = createRenderer({
  concurrency: 1,
  timeoutMs: 120_000,
  pixelReader,
  supervisor,
  origin,
  onDiscard: () => undefined,
});
const registry = await loadFolderRegistry({ directory: join(packageInfo.root, 'templates') });
const prepare = createPrepare({ registry, idKey: Buffer.alloc(32) });
const placeholders = createPlaceholderSource();

/** Initials and placeholders, as they stand in where no picture is given. */
function assetsOf(template: Template, data: Record<string, unknown>) {
  const fields = Object.entries(template.manifest.fields).filter(
    ([, spec]) => spec.type === 'image' && spec.on_error === 'initials',
  );
  return new Map(
    fields.map(([name, spec]) => {
      const from = spec.initials_from === undefined ? undefined : data[spec.initials_from];
      return [name, placeholders.placeholder(spec, typeof from === 'string' ? from : undefined)];
    }),
  );
}

async function look(template: Template, size: string, text: SweepText) {
  const data = fillFields(template, text);
  const { spec } = prepare({ template: template.id, data, size, output: { format: 'png' } });
  const nonce = randomBytes(12).toString('hex');
  const lang = documentLanguage(spec.fields);
  const drawn = await renderer.render({
    nonce,
    template,
    size: spec.size,
    scale: 1,
    ...(lang === undefined ? {} : { lang }),
    assets: assetsOf(template, data),
    body: (addresses) => template.body(spec.fields, addresses),
    capture: { type: 'png' },
  });
  const pages = browser?.contexts().flatMap((context) => context.pages()) ?? [];
  const codes = drawn.warnings.map(({ code }) => code);
  let seen: Awaited<ReturnType<typeof lookAtLines>>;
  for (const page of pages) seen ??= await lookAtLines(page, nonce).catch(() => undefined);
  const faults: string[] = [];
  if (codes.includes('glyph_missing') && !WITHOUT_FONT.test(text.name)) faults.push('boxes');
  if (!seen) faults.push(NOT_SEEN);
  else {
    if (seen.common > MOST_COMMON && !codes.includes('text_overlaps'))
      faults.push(`${seen.common} pixels of two lines, not told`);
    if (seen.cutRows > MOST_CUT_ROWS && !CUT.some((code) => codes.includes(code as never)))
      faults.push(`${seen.cutRows} rows cut, not told`);
  }
  const told = codes.filter((code) => /glyph_missing|text_clipped|text_overlaps/.test(code));
  const pixels = await pixelReader.read(drawn.pixels);
  return { faults, told, pixels };
}

const { default: sharp } = await import('sharp');
const problems: string[] = [];
const toldOf: string[] = [];
let count = 0;
await mkdir(values.out, { recursive: true });
for (const template of registry.list()) {
  if (!chosen(values.templates, template.id)) continue;
  for (const size of Object.keys(template.manifest.sizes)) {
    if (!chosen(values.sizes, size)) continue;
    const pictures: SheetPicture[] = [];
    for (const text of sweepTexts(values.all)) {
      if (!chosen(values.texts, text.name)) continue;
      let seen = await look(template, size, text);
      // A page may be replaced at that moment.
      if (seen.faults.includes(NOT_SEEN)) seen = await look(template, size, text);
      const { faults, told, pixels } = seen;
      count += 1;
      const { data, widthPx: width, heightPx: height, channels } = pixels;
      const raw = { raw: { width, height, channels: channels as 3 | 4 } };
      pictures.push({
        label: [text.name, ...told, ...faults].join(' · '),
        png: await sharp(data, raw).png({ compressionLevel: 1 }).toBuffer(),
      });
      const where = `${template.id} ${size} ${text.name}`;
      if (told.length > 0) toldOf.push(`${where}: ${told.join(', ')}`);
      for (const fault of faults) problems.push(`${where}: ${fault}`);
      if (faults.length > 0) console.log(`${where}: ${faults.join('; ')}`);
    }
    const sheet = await contactSheet(pictures, 6, 400);
    await writeFile(join(values.out, `${template.id}-${size}.png`), sheet);
  }
}
console.log(`${count} cards; ${toldOf.length} with a warning of boxes, cuts or overlaps:`);
for (const line of toldOf) console.log(`  ${line}`);
console.log(`${problems.length} faults that are not told of`);
for (const line of problems) console.log(`  ${line}`);
await renderer.close();
await supervisor.close();
await proxy.close();
await registry.close();
if (problems.length > 0) process.exitCode = 1;
