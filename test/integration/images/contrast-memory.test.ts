import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { createEncoder } from '../../../src/encode/encoder.js';
import { createPixelReader } from '../../../src/encode/pixel-reader.js';
import { createDraw, type Draw } from '../../../src/images/draw.js';
import { createPrepare } from '../../../src/images/prepare.js';
import { createSemaphore } from '../../../src/lib/semaphore.js';
import { type FolderRegistry, loadFolderRegistry } from '../../../src/library/folder-registry.js';
import { type Engine, startEngine } from '../../support/engine.js';

let folder: string;
let registry: FolderRegistry;
let engine: Engine;
let draw: Draw;
let looks = 0;

const MANIFEST = {
  name: 'Panel',
  description: 'A title on a panel whose place follows the text above it',
  sizes: { og: [600, 315] },
  default_size: 'og',
  fields: {
    above: { type: 'text', label: 'Above', default: '' },
    title: { type: 'text', label: 'Title', required: true },
    background: { type: 'color', label: 'Ground', default: '#ffffff' },
  },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cp-contrast-'));
  const template = join(folder, 'panel');
  await mkdir(template);
  const files = {
    'template.json': JSON.stringify(MANIFEST),
    'template.hbs': `<p data-field="above">{{above}}</p><div class="panel" style="background:{{background}}"><h1 data-field="title">{{title}}</h1></div>`,
    'style.css': `body{margin:0;padding:20px;background:#101418;font:20px Inter} p{margin:0;color:#fff} p:not(:empty){margin-bottom:24px}
      .panel{width:500px;height:120px;padding:20px} h1{margin:0;font-size:40px;color:#111}`,
    'sample.json': JSON.stringify({ title: 'Hello' }),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(template, name), text);
  registry = await loadFolderRegistry({ directory: folder, intervalMs: 0 });
  engine = await startEngine();
});
beforeEach(() => {
  looks = 0;
  const reader = createPixelReader();
  draw = createDraw({
    registry,
    gather: async () => ({ assets: new Map(), warnings: [] }),
    renderer: engine.renderer,
    encoder: createEncoder(),
    gate: createSemaphore(Number.POSITIVE_INFINITY),
    pixelReader: {
      read(pixels) {
        looks += 1;
        return reader.read(pixels);
      },
    },
  });
});
afterAll(async () => {
  await engine?.stop();
  await registry?.close();
  await rm(folder, { recursive: true, force: true });
});

async function warningsOf(data: Record<string, string>): Promise<string[]> {
  const prepare = createPrepare({ registry, idKey: Buffer.alloc(32) });
  const { spec } = prepare({ template: 'panel', data, output: { format: 'jpeg' } });
  return (await draw(spec)).warnings.map(({ code }) => code);
}

it('looks at the pixels once where texts come and go on one background', async () => {
  expect(await warningsOf({ title: 'A rather long title' })).toEqual([]);
  expect(looks).toBe(1);
  for (const title of ['Short', 'A rather long', 'Any title']) {
    expect(await warningsOf({ title })).toEqual([]);
  }
  expect(looks).toBe(1);
});

it('looks again, and sees, where a colour of the data, a place or a box changes', async () => {
  await warningsOf({ title: 'A rather long title' });
  expect(await warningsOf({ title: 'Short', background: '#222222' })).toEqual(['low_contrast']);
  expect(looks).toBe(2);
  // The same once more stands where it stood. Of another text nothing is known.
  expect(await warningsOf({ title: 'Short', background: '#222222' })).toEqual(['low_contrast']);
  expect(looks).toBe(2);
  expect(await warningsOf({ title: 'Other', background: '#222222' })).toEqual(['low_contrast']);
  expect(looks).toBe(3);
  // A line above pushes the panel down, and the title with it.
  expect(await warningsOf({ title: 'Short', above: 'One line' })).toEqual([]);
  expect(looks).toBe(4);
  // Longer than all before: it may run onto what was never looked at.
  expect(await warningsOf({ title: 'A rather long title, on and on' })).toEqual([]);
  expect(looks).toBe(5);
});
