import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { readPixels } from '../../support/colour-code.js';
import { filterBomb, pngBomb, scanBomb, svg } from '../../support/hostile-assets.js';
import { startService, type TestService } from '../../support/service.js';

/** `article` has both a field that is cropped (`cover`) and one that is contained (`logo`). */
const BUNDLED = new URL('../../../templates', import.meta.url).pathname;

const flat = (width: number, height: number, background = '#2255cc') =>
  sharp({ create: { width, height, channels: 3, background } });

async function noise(width: number, height: number): Promise<Buffer> {
  const raw = Buffer.alloc(width * height * 3);
  let seed = 7;
  for (let i = 0; i < raw.length; i += 1) {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    raw[i] = seed >> 16;
  }
  return sharp(raw, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 0 })
    .toBuffer();
}

async function animated(): Promise<Buffer> {
  const frames = ['#ff0000', '#00ff00', '#0000ff'].map((c) => flat(60, 60, c).png().toBuffer());
  return sharp(await Promise.all(frames), { join: { animated: true } })
    .gif()
    .toBuffer();
}

const svgBomb = () =>
  svg(
    `<image width="60" height="40" href="data:text/plain;base64,${pngBomb().toString('base64')}"/>`,
  );

const SCRIPTED = `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40" onload="document.body.innerHTML=''"><script>document.body.innerHTML=''</script><rect width="80" height="40" fill="#0a7"/></svg>`;

/** Name → its file, and the code of the warning that it deserves, if any. */
const CASES: [string, string, () => Promise<Buffer>, string | undefined][] = [
  ['a logo of 8000x200', 'image/png', () => flat(8000, 200).png().toBuffer(), undefined],
  ['a logo of 16x16', 'image/png', () => flat(16, 16).png().toBuffer(), 'picture_too_small'],
  ['an animated GIF', 'image/gif', animated, 'picture_animated'],
  [
    'a CMYK JPEG',
    'image/jpeg',
    () => flat(400, 400).toColourspace('cmyk').jpeg().toBuffer(),
    undefined,
  ],
  ['an SVG with a script', 'image/svg+xml', async () => Buffer.from(SCRIPTED), undefined],
  ['a PNG of 30 MB', 'image/png', () => noise(3200, 3200), 'picture_failed'],
  ['a picture of 1x1', 'image/png', () => flat(1, 1).png().toBuffer(), 'picture_too_small'],
  [
    'a text named .png',
    'image/png',
    async () => Buffer.from('This is no picture at all.'),
    'picture_failed',
  ],
  [
    'a JPEG of 2,646 scans',
    'image/jpeg',
    async () => scanBomb(8_000, 6_000, 2_646),
    'picture_failed',
  ],
  [
    'an SVG around a bomb that is labelled as text',
    'image/svg+xml',
    async () => svgBomb(),
    'picture_failed',
  ],
  [
    'an SVG that would be drawn for ever',
    'image/svg+xml',
    async () => filterBomb(),
    'picture_failed',
  ],
];

let server: Server;
let service: TestService;
let base: string;
const files = new Map<string, { type: string; body: Buffer }>();

beforeAll(async () => {
  for (const [i, [, type, make]] of CASES.entries()) {
    files.set(`/${i}.png`, { type, body: await make() });
  }
  server = createServer((req, res) => {
    const file = files.get(req.url ?? '');
    if (!file) return void res.writeHead(404).end();
    res.writeHead(200, { 'content-type': file.type, 'content-length': file.body.length });
    res.end(file.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  base = `http://127.0.0.1:${port}`;
  service = await startService({
    env: { EGRESS_ALLOW: `127.0.0.1:${port}`, TEMPLATES_DIR: BUNDLED },
  });
});
afterAll(async () => {
  await service?.stop();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

it('serves the sizes that the cases speak of', () => {
  expect(files.get('/5.png')?.body.length).toBeGreaterThan(30_000_000);
});

it.each(CASES.map(([name, , , code], i) => [name, i, code] as const))(
  'handles %s, and the card stands',
  async (_name, i, code) => {
    const url = `${base}/${i}.png`;
    const answer = await service.api('/v1/images', {
      body: {
        template: 'article',
        data: { title: 'A title that must be read', author: 'Ada', logo: url, cover: url },
        wait: 30,
      },
    });
    expect([answer.status, answer.json.status]).toEqual([201, 'completed']);
    const found = answer.json.warnings.map((warning: { code: string }) => warning.code);
    if (code) expect(found).toContain(code);
    else expect(found).not.toContain('picture_failed');
    const { bytes } = await service.api(new URL(answer.json.url).pathname);
    const pixels = await readPixels(bytes);
    expect([pixels.width, pixels.height]).toEqual([1200, 630]);
    // Not a blank card: the title alone needs many colours at its edges.
    const shades = new Set<string>();
    for (let y = 0; y < 630; y += 7) for (let x = 0; x < 1200; x += 7) shades.add(pixels.at(x, y));
    expect(shades.size).toBeGreaterThan(40);
  },
);
