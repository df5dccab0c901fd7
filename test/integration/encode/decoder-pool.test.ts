import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { createAssetFactsReader } from '../../../src/encode/asset-facts.js';
import type { DecoderDeath } from '../../../src/encode/decoder-child.js';
import type { DecoderPoolOptions } from '../../../src/encode/decoder-pool.js';
import { type AssetPreparer, createAssetPreparer } from '../../../src/encode/prepare-asset.js';
import { descendantsOf, signalAll } from '../../support/fault-load.js';
import { filterBomb, flatPng, svg } from '../../support/hostile-assets.js';
import { until } from '../../support/until.js';

const MEGABYTE = 1024 * 1024;
const box = { boxPx: { width: 40, height: 20 }, fit: 'cover' } as const;
const honest = svg('<rect width="60" height="40" fill="#c83214"/>');

const open: AssetPreparer[] = [];
let deaths: [DecoderDeath, string | undefined][] = [];

function preparer(options: DecoderPoolOptions = {}): AssetPreparer {
  deaths = [];
  const one = createAssetPreparer({
    onDeath: (reason, detail) => deaths.push([reason, detail]),
    ...options,
  });
  open.push(one);
  return one;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

/** What the shell and its helpers were before they became a decoder is over when it has answered. */
const decoders = () => descendantsOf(process.pid);
const reasons = () => deaths.map(([reason]) => reason);

describe('a picture that its decoder cannot stand', () => {
  it('fails alone at the limit of processor time; those beside and behind it are served', async () => {
    const { prepare } = preparer({ limits: { cpuMs: 1_000 } });
    await prepare(honest, box);
    const before = process.memoryUsage.rss();
    const bombs = Promise.allSettled([prepare(filterBomb(), box), prepare(filterBomb(), box)]);
    const waiting = prepare(honest, box);
    for (const outcome of await bombs) {
      expect(outcome).toMatchObject({
        reason: {
          code: 'asset_invalid',
          detail: expect.stringContaining('cannot be drawn in time'),
        },
      });
    }
    expect((await waiting).asset.contentType).toBe('image/png');
    expect(reasons()).toEqual(['time', 'time']);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * MEGABYTE);
  });

  it('fails alone at the limit of the clock', async () => {
    const { prepare } = preparer({ limits: { wallMs: 500 } });
    await expect(prepare(filterBomb(), box)).rejects.toMatchObject({ code: 'asset_invalid' });
    expect(reasons()).toEqual(['time']);
    await expect(prepare(honest, box)).resolves.toBeDefined();
  });

  it('fails alone at the limit of memory, and this process does not grow', async () => {
    const { prepare } = preparer({ limits: { maxBytes: 220 * MEGABYTE } });
    await prepare(honest, box);
    const before = process.memoryUsage.rss();
    // 49 megapixels that libvips has to hold as a whole.
    const gif = await sharp({
      create: { width: 7000, height: 7000, channels: 3, background: '#123' },
    })
      .gif()
      .toBuffer();
    const grown = process.memoryUsage.rss();
    await expect(prepare(gif, box)).rejects.toMatchObject({
      code: expect.stringMatching(/^asset_(too_large|invalid)$/),
    });
    const surfaces = Array.from(
      { length: 9 },
      (_, i) => `<feFlood result="r${i}"/><feOffset dx="1"/>`,
    );
    const flood = svg(
      `<filter id="f" x="0" y="0" width="1" height="1">${surfaces.join('')}</filter><g filter="url(#f)"><rect width="6000" height="6000"/></g>`,
      'width="6000" height="6000"',
    );
    await expect(prepare(flood, { fit: 'cover' })).rejects.toMatchObject({
      code: expect.stringMatching(/^asset_(too_large|invalid)$/),
    });
    expect(process.memoryUsage.rss() - Math.max(before, grown)).toBeLessThan(64 * MEGABYTE);
    await expect(prepare(honest, box)).resolves.toBeDefined();
  });

  it('fails alone when its decoder crashes, and is not given to another', async () => {
    const { prepare } = preparer();
    await prepare(honest, box);
    const [child] = await decoders();
    const lost = prepare(filterBomb(), box);
    const seen = expect(lost).rejects.toMatchObject({
      code: 'asset_invalid',
      detail: 'The SVG cannot be drawn. Simplify it, or use a PNG.',
    });
    signalAll(child ? [child] : [], 'SIGSEGV');
    await seen;
    expect(reasons()).toEqual(['crashed']);
    await expect(prepare(honest, box)).resolves.toBeDefined();
    expect((await decoders()).map(({ pid }) => pid)).not.toContain(child?.pid);
  });

  it('counts as one that takes too much memory when the system kills its decoder', async () => {
    const { prepare } = preparer();
    await prepare(honest, box);
    const lost = expect(prepare(filterBomb(), box)).rejects.toMatchObject({
      code: 'asset_too_large',
    });
    signalAll(await decoders(), 'SIGKILL');
    await lost;
    expect(reasons()).toEqual(['memory']);
  });
});

describe('decoders', () => {
  it('are kept warm, and replaced after a number of pictures', async () => {
    const { prepare } = preparer({ size: 1, limits: { maxAssets: 3 } });
    const seen = new Set<number>();
    for (let i = 0; i < 7; i += 1) {
      await prepare(honest, box);
      for (const { pid } of await decoders()) seen.add(pid);
    }
    // The third picture of one is its last; one that is on its way out may still be seen.
    expect(seen.size).toBe(3);
    expect(deaths).toEqual([]);
  });

  it('are no more than asked for, however many pictures come', async () => {
    const { prepare } = preparer({ size: 2 });
    let most = 0;
    await Promise.all(
      Array.from({ length: 12 }, async () => {
        await prepare(honest, box);
        most = Math.max(most, (await decoders()).length);
      }),
    );
    expect(most).toBe(2);
  });

  it('are ready for the next file while one takes long, and no more than that', async () => {
    const one = preparer({ size: 3, limits: { cpuMs: 20_000, wallMs: 20_000 } });
    const lost = expect(one.prepare(filterBomb(), box)).rejects.toBeDefined();
    await until(async () => (await decoders()).length === 2, 10_000);
    const before = await decoders();
    await one.prepare(honest, box);
    expect((await decoders()).map(({ pid }) => pid).sort()).toEqual(
      before.map(({ pid }) => pid).sort(),
    );
    await one.close();
    await lost;
  });

  it('end when there is no work, and when the pool is closed', async () => {
    const one = preparer({ size: 1, idleMs: 100 });
    await one.prepare(honest, box);
    await until(async () => (await decoders()).length === 0, 10_000);
    await one.prepare(honest, box);
    expect(await decoders()).toHaveLength(1);
    const lost = expect(one.prepare(filterBomb(), box)).rejects.toBeDefined();
    await one.close();
    await lost;
    expect(await decoders()).toEqual([]);
    expect(deaths).toEqual([]);
    await expect(one.prepare(honest, box)).rejects.toMatchObject({ code: 'internal' });
  });

  it('get no secret, no file and no room beyond what they need', async () => {
    process.env.CARDPRESS_TEST_SECRET = 'not-for-decoders';
    const { prepare } = preparer();
    await prepare(honest, box);
    delete process.env.CARDPRESS_TEST_SECRET;
    const [{ pid } = { pid: 0 }] = await decoders();
    const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'latin1');
    expect(read('environ')).toContain('PATH=');
    expect(read('environ')).not.toContain('not-for-decoders');
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe('/');
    expect(Number(read('oom_score_adj'))).toBe(1000);
    const limits = read('limits');
    expect(limits).toMatch(/^Max data size +805306368 +805306368/m);
    expect(limits).toMatch(/^Max file size +0 +0/m);
    expect(limits).toMatch(/^Max core file size +0 +0/m);
    expect(limits).toMatch(/^Max open files +128 +128/m);
    expect(limits).toMatch(/^Max cpu time +120 +120/m);
    const links = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    expect(links.filter((link) => !/^(socket:|pipe:|anon_inode:|\/dev\/null)/.test(link))).toEqual(
      [],
    );
  });

  it('that cannot be started are not started for ever, and say so', async () => {
    // Less than Node itself needs.
    const { prepare } = preparer({ limits: { maxBytes: 4 * MEGABYTE } });
    const error = { code: 'internal', detail: expect.stringContaining('cannot be started') };
    await expect(prepare(honest, box)).rejects.toMatchObject(error);
    expect(reasons()).toEqual(['unstartable', 'unstartable', 'unstartable']);
    await expect(prepare(honest, box)).rejects.toMatchObject(error);
    expect(deaths).toHaveLength(3);
  });

  it('read the facts of pictures as well', async () => {
    const facts = createAssetFactsReader({ size: 1 });
    try {
      expect(await facts.readFacts(flatPng(9, 4))).toEqual({
        format: 'png',
        widthPx: 9,
        heightPx: 4,
      });
      await expect(facts.readFacts(honest)).rejects.toMatchObject({
        detail: 'The file is an SVG. Use PNG or JPEG.',
      });
      const broken = flatPng(9, 4).subarray(0, 20);
      await expect(facts.readFacts(broken)).rejects.toMatchObject({
        detail: 'The file is damaged. Make it anew.',
      });
    } finally {
      await facts.close();
    }
  });
});

describe('a parent', () => {
  const module = new URL('../../../dist/src/encode/prepare-asset.js', import.meta.url).href;

  function startParent(work: string): ChildProcess {
    const text = `import { createAssetPreparer } from '${module}';
      const honest = Buffer.from('${honest}');
      const preparer = createAssetPreparer();
      await preparer.prepare(honest, { fit: 'cover' });
      console.log('ready');
      ${work}`;
    const args = ['--input-type=module', '--eval', text];
    return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  }
  const isReady = (parent: ChildProcess) =>
    new Promise<void>((resolve) => parent.stdout?.once('data', () => resolve()));

  it('that is killed leaves no decoder behind, busy or not', async () => {
    const bomb = `Buffer.from('${filterBomb().toString('base64')}', 'base64')`;
    const parent = startParent(
      `preparer.prepare(${bomb}, { fit: 'cover' }); preparer.prepare(honest, { fit: 'cover' });`,
    );
    await isReady(parent);
    await until(async () => (await descendantsOf(parent.pid ?? 0)).length === 2, 20_000);
    const children = await descendantsOf(parent.pid ?? 0);
    parent.kill('SIGKILL');
    await until(() => signalAll(children, 0) === 0, 10_000);
  });

  it('with nothing else to do ends, whether a decoder is kept or not', async () => {
    const parent = startParent('');
    const ended = new Promise((resolve) => parent.once('exit', resolve));
    expect(await ended).toBe(0);
  });
});
