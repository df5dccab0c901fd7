import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createAddressPolicy } from '../../../src/assets/address-policy.js';
import { type AssetSourceOptions, createAssetSource } from '../../../src/assets/asset-source.js';
import { createGuardedFetch } from '../../../src/assets/guarded-fetch.js';
import { parseEgressRule } from '../../../src/config/egress-rule.js';
import { createAssetPreparer } from '../../../src/encode/prepare-asset.js';
import type { AssetRequest, AssetSource } from '../../../src/images/ports.js';
import { until } from '../../support/until.js';

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

interface Started {
  source: AssetSource;
  url(path: string): string;
  /** Paths in the order in which they were asked for. */
  asked: string[];
  clock: { ms: number };
}

async function start(
  handler: (req: IncomingMessage, res: ServerResponse) => void,
  options: Partial<AssetSourceOptions> = {},
): Promise<Started> {
  const asked: string[] = [];
  const server = createServer((req, res) => {
    asked.push(req.url ?? '');
    handler(req, res);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const policy = createAddressPolicy({ allow: [parseEgressRule('127.0.0.1')] });
  const fetcher = createGuardedFetch({ policy, version: '1' });
  const preparer = createAssetPreparer();
  const clock = { ms: 0 };
  const source = createAssetSource({
    fetch: fetcher.fetch,
    prepare: preparer.prepare,
    now: () => clock.ms,
    ...options,
  });
  cleanUp.push(
    async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    () => fetcher.close(),
    () => preparer.close(),
    () => source.close(),
  );
  return { source, url: (path) => `http://127.0.0.1:${port}${path}`, asked, clock };
}

const request = (url: string, more: Partial<AssetRequest> = {}): AssetRequest => ({
  url,
  fit: 'cover',
  ...more,
});

const sendPixel = (_req: IncomingMessage, res: ServerResponse) => {
  res.writeHead(200, { 'content-type': 'text/plain' }).end(PIXEL);
};

describe('an answer that may pass', () => {
  it('is asked for once more, and then again a second later', async () => {
    let failures = 1;
    const { source, url, asked, clock } = await start((req, res) => {
      failures -= 1;
      if (failures >= 0) res.writeHead(503).end('busy');
      else sendPixel(req, res);
    });
    expect((await source.fetch(request(url('/once')))).warnings).toEqual([]);
    expect(asked).toEqual(['/once', '/once']);

    failures = 2;
    const failing = source.fetch(request(url('/twice')));
    await expect(failing).rejects.toMatchObject({ code: 'asset_unreachable', retryable: true });
    await expect(source.fetch(request(url('/twice')))).rejects.toThrow('503');
    clock.ms += 1_000;
    await source.fetch(request(url('/twice')));
    expect(asked.slice(2)).toEqual(['/twice', '/twice', '/twice']);
  });

  it('is not asked for twice where it says that there is no picture', async () => {
    const { source, url, asked } = await start((_req, res) => void res.writeHead(404).end());
    await expect(source.fetch(request(url('/gone')))).rejects.toThrow('404');
    expect(asked).toEqual(['/gone']);
  });
});

describe('createAssetSource', () => {
  it('fetches a picture, judged by its content, with a hash of its bytes', async () => {
    const { source, url } = await start(sendPixel);
    const { asset: picture, warnings } = await source.fetch(request(url('/logo')));
    expect(picture).toMatchObject({
      contentType: 'image/png',
      widthPx: 1,
      heightPx: 1,
      body: PIXEL,
    });
    expect(picture.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(warnings).toEqual([]);
  });

  it('reads data: addresses without any connection', async () => {
    const { source, asked } = await start(sendPixel);
    const { asset: picture } = await source.fetch(
      request(`data:image/png;base64,${PIXEL.toString('base64')}`, {
        boxPx: { width: 100, height: 100 },
      }),
    );
    expect(picture.body).toEqual(PIXEL);
    expect(asked).toEqual([]);
  });

  it.each([
    [404, 'asset_not_found', false],
    [410, 'asset_not_found', false],
    [403, 'asset_unreachable', false],
    [418, 'asset_unreachable', false],
    [204, 'asset_unreachable', false],
    [429, 'asset_unreachable', true],
    [500, 'asset_unreachable', true],
    [503, 'asset_unreachable', true],
  ])('calls status %i %s', async (status, code, retryable) => {
    const { source, url } = await start((_req, res) => res.writeHead(status).end());
    await expect(source.fetch(request(url('/a?token=secret')))).rejects.toMatchObject({
      code,
      retryable,
      detail: expect.not.stringContaining('secret'),
    });
  });

  it('refuses a web page under the name of a picture, and private addresses', async () => {
    const { source, url } = await start((_req, res) =>
      res.writeHead(200, { 'content-type': 'image/png' }).end('<!doctype html><p>Not found'),
    );
    await expect(source.fetch(request(url('/a.png')))).rejects.toMatchObject({
      code: 'asset_invalid',
      detail: expect.stringContaining('a web page'),
    });
    await expect(source.fetch(request('http://10.0.0.1/a.png'))).rejects.toMatchObject({
      code: 'asset_forbidden',
    });
  });

  it('fetches once for all who ask at the same time, and for those who ask later', async () => {
    const { source, url, asked } = await start(sendPixel);
    const all = await Promise.all(
      Array.from({ length: 50 }, () => source.fetch(request(url('/logo')))),
    );
    expect(new Set(all.map(({ asset: picture }) => picture)).size).toBe(1);
    await source.fetch(request(url('/logo')));
    expect(asked).toEqual(['/logo']);
  });

  it('keeps pictures for different boxes and fits apart', async () => {
    const { source, url, asked } = await start(sendPixel);
    const boxPx = { width: 10, height: 10 };
    await source.fetch(request(url('/a')));
    const { warnings } = await source.fetch(request(url('/a'), { boxPx }));
    await source.fetch(request(url('/a'), { boxPx, fit: 'contain' }));
    expect(asked).toHaveLength(3);
    expect(warnings).toMatchObject([{ code: 'picture_too_small' }]);
  });

  it('gives each asker warnings of their own', async () => {
    const { source, url } = await start(sendPixel);
    const asked = request(url('/a'), { boxPx: { width: 10, height: 10 } });
    const [first] = (await source.fetch(asked)).warnings;
    if (first) first.field = 'logo';
    expect((await source.fetch(asked)).warnings[0]).not.toHaveProperty('field');
  });

  it.each([
    ['max-age=1', 59_999, 60_001],
    ['public, max-age=600', 599_999, 600_001],
    ['max-age=31536000, immutable', 3_599_999, 3_600_001],
    ['no-store', 59_999, 60_001],
  ])('keeps a picture that says "%s"', async (control, stillMs, goneMs) => {
    const { source, url, asked, clock } = await start((_req, res) =>
      res.writeHead(200, { 'cache-control': control }).end(PIXEL),
    );
    await source.fetch(request(url('/a')));
    clock.ms = stillMs;
    await source.fetch(request(url('/a')));
    expect(asked).toHaveLength(1);
    clock.ms = goneMs;
    await source.fetch(request(url('/a')));
    expect(asked).toHaveLength(2);
  });

  it('asks a dead address once in ten seconds, however many rows name it', async () => {
    const { source, url, asked, clock } = await start((_req, res) => res.writeHead(404).end());
    for (let row = 0; row < 1_000; row += 1) {
      await expect(source.fetch(request(url('/dead.png')))).rejects.toMatchObject({
        code: 'asset_not_found',
      });
    }
    expect(asked).toHaveLength(1);
    clock.ms = 10_001;
    await expect(source.fetch(request(url('/dead.png')))).rejects.toThrow('asset_not_found');
    expect(asked).toHaveLength(2);
  });

  it('drops the least recently used pictures when its bytes are used up', async () => {
    // Room for two entries of a pixel each, with their bookkeeping.
    const { source, url, asked } = await start(sendPixel, {
      cacheMaxBytes: 2 * (PIXEL.length + 512),
    });
    for (const path of ['/a', '/b', '/a', '/c', '/a', '/b']) await source.fetch(request(url(path)));
    expect(asked).toEqual(['/a', '/b', '/c', '/b']);
  });

  it('goes on for the others when one asker is cancelled', async () => {
    const pending: ServerResponse[] = [];
    let arrived = (): void => undefined;
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { source, url, asked } = await start((_req, res) => {
      pending.push(res);
      arrived();
    });
    const impatient = new AbortController();
    const first = source.fetch(request(url('/a')), impatient.signal);
    const second = source.fetch(request(url('/a')), new AbortController().signal);
    await arrival;
    impatient.abort();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    pending[0]?.end(PIXEL);
    await expect(second).resolves.toMatchObject({ asset: { widthPx: 1 } });
    expect(asked).toHaveLength(1);
  });

  it('stops fetching when the last asker has gone, and starts afresh for the next', async () => {
    let closed: Promise<unknown> | undefined;
    let arrived = (): void => undefined;
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { source, url, asked } = await start((req, res) => {
      if (asked.length > 1) return sendPixel(req, res);
      closed = once(res, 'close');
      arrived();
    });
    const controller = new AbortController();
    const only = source.fetch(request(url('/a')), controller.signal);
    await arrival;
    controller.abort();
    await expect(only).rejects.toMatchObject({ code: 'cancelled' });
    await closed;
    await expect(source.fetch(request(url('/a')))).resolves.toBeDefined();
    expect(asked).toHaveLength(2);
    await expect(source.fetch(request(url('/b')), controller.signal)).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('prepares no more than two pictures at once', async () => {
    let running = 0;
    let most = 0;
    const releases: (() => void)[] = [];
    const { source, url } = await start(sendPixel, {
      async prepare(bytes) {
        running += 1;
        most = Math.max(most, running);
        await new Promise<void>((resolve) => {
          releases.push(resolve);
          if (releases.length >= 2) for (const release of releases.splice(0)) release();
        });
        running -= 1;
        return {
          asset: { hash: 'x', contentType: 'image/png', body: bytes, widthPx: 1, heightPx: 1 },
          warnings: [],
        };
      },
    });
    await Promise.all([1, 2, 3, 4, 5, 6].map((n) => source.fetch(request(url(`/${n}`)))));
    expect(most).toBe(2);
  });

  it('refuses files over its limit as too large', async () => {
    const { source, url } = await start((_req, res) => res.end(Buffer.alloc(2_000)), {
      maxBytes: 1_000,
    });
    await expect(source.fetch(request(url('/a')))).rejects.toMatchObject({
      code: 'asset_too_large',
    });
    const data = `data:;base64,${Buffer.alloc(2_000).toString('base64')}`;
    await expect(source.fetch(request(data))).rejects.toMatchObject({ code: 'asset_too_large' });
  });
});

it('remembers that a file was refused, and not the file', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const { source } = await start(sendPixel);
  const refuse = async (n: number) => {
    // Flat in memory, as what a caller sends is.
    const url = `data:image/png;base64,${Buffer.alloc(750_000, n + 1).toString('base64')}`;
    // Nothing but its code is looked at: V8 lets go of the frames of a stack that was read.
    const outcome = source.fetch(request(url)).then(
      () => 'taken',
      ({ code }) => code,
    );
    expect(await outcome).toMatch(/^asset_/);
  };
  const heap = () => {
    collectGarbage();
    return process.memoryUsage().heapUsed / 1_000_000;
  };
  for (let n = 0; n < 3; n += 1) await refuse(n);
  const before = heap();
  for (let n = 3; n < 43; n += 1) await refuse(n);
  // Forty files have 40 MB as texts.
  await until(() => heap() - before < 8);
});
