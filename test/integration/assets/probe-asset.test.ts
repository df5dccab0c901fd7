import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createAddressPolicy } from '../../../src/assets/address-policy.js';
import { createAssetSource } from '../../../src/assets/asset-source.js';
import { createGuardedFetch } from '../../../src/assets/guarded-fetch.js';
import { type AssetProbeOptions, createAssetProbe } from '../../../src/assets/probe-asset.js';
import { parseEgressRule } from '../../../src/config/egress-rule.js';
import { createAssetPreparer } from '../../../src/encode/prepare-asset.js';
import { sniffAsset } from '../../../src/encode/sniff-asset.js';
import { toAppError } from '../../../src/errors/app-error.js';
import { PIXEL } from '../../support/templates/template-files.js';
import { startTrap } from '../../support/trap-server.js';
import { until } from '../../support/until.js';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
const LARGE = Buffer.concat([PIXEL, Buffer.alloc(11 * 1024 * 1024)]);

/** Gives the part that is asked for, as every object store does. */
function sendPart(req: IncomingMessage, res: ServerResponse, body: Buffer): void {
  const end = Number(/^bytes=0-(\d+)$/.exec(req.headers.range ?? '')?.[1] ?? Number.NaN);
  if (Number.isNaN(end)) res.writeHead(200, { 'content-length': body.length }).end(body);
  else if (body.length === 0) res.writeHead(416).end();
  else {
    const part = body.subarray(0, end + 1);
    const range = `bytes 0-${part.length - 1}/${body.length}`;
    res.writeHead(206, { 'content-range': range, 'content-length': part.length }).end(part);
  }
}

async function start(
  handler: (req: IncomingMessage, res: ServerResponse) => void,
  options: Partial<AssetProbeOptions> = {},
) {
  const asked: IncomingMessage[] = [];
  let sent = 0;
  const server = createServer((req, res) => {
    asked.push(req);
    handler(req, res);
  });
  server.on('connection', (socket) => {
    socket.on('close', () => {
      sent += socket.bytesWritten;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const policy = createAddressPolicy({ allow: [parseEgressRule(`127.0.0.1:${port}`)] });
  const fetcher = createGuardedFetch({ policy, version: '1' });
  const preparer = createAssetPreparer();
  const source = createAssetSource({ fetch: fetcher.fetch, prepare: preparer.prepare });
  cleanUp.push(
    async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    () => fetcher.close(),
    () => preparer.close(),
    () => source.close(),
  );
  return {
    probe: createAssetProbe({ fetch: fetcher.fetch, sniff: sniffAsset, ...options }),
    /** What a render is told of the same address. */
    fetched: (url: string) =>
      source.fetch({ url, fit: 'cover' }).then(
        () => ({ ok: true }),
        (thrown: unknown) => {
          const { code, detail } = toAppError(thrown);
          return { ok: false, code, message: detail };
        },
      ),
    asked,
    bytesSent: () => sent,
    url: (path: string) => `http://127.0.0.1:${port}${path}`,
  };
}

const answers: Record<string, (req: IncomingMessage, res: ServerResponse) => void> = {
  '/picture.png': (req, res) => sendPart(req, res, PIXEL),
  '/drawing.svg': (req, res) => sendPart(req, res, Buffer.from(SVG)),
  '/without-parts.png': (_, res) => res.end(PIXEL),
  '/moved.png': (_, res) => res.writeHead(302, { location: '/picture.png' }).end(),
  '/missing.png': (_, res) => res.writeHead(404).end(),
  '/gone.png': (_, res) => res.writeHead(410).end(),
  '/private.png': (_, res) => res.writeHead(403).end(),
  '/ill.png': (_, res) => res.writeHead(503).end(),
  '/page.png': (req, res) => sendPart(req, res, Buffer.from('<!doctype html><p>Sign in</p>')),
  '/text.png': (req, res) => sendPart(req, res, Buffer.from('Not a picture at all')),
  '/empty.png': (req, res) => sendPart(req, res, Buffer.alloc(0)),
  '/large.png': (req, res) => sendPart(req, res, LARGE),
  '/large-without-parts.png': (_, res) =>
    res.writeHead(200, { 'content-length': LARGE.length }).end(LARGE),
  '/packed.svg': (req, res) => {
    const packed = gzipSync(SVG.padEnd(200_000, '\n'));
    res.setHeader('content-encoding', 'gzip');
    const half = packed.subarray(0, packed.length >> 1);
    if (req.headers.range) res.writeHead(206).end(half);
    else res.end(packed);
  },
};
const answer = (req: IncomingMessage, res: ServerResponse) => answers[req.url ?? '']?.(req, res);

describe('a probe', () => {
  it.each(Object.keys(answers))('tells of %s what a render is told', async (path) => {
    const { probe, fetched, url } = await start(answer);
    expect(await probe(url(path))).toEqual(await fetched(url(path)));
  });

  it('asks once for the beginning, and leaves the rest where it is', async () => {
    const picture = Buffer.concat([PIXEL, Buffer.alloc(8 * 1024 * 1024)]);
    const { probe, asked, url, bytesSent } = await start((req, res) => sendPart(req, res, picture));
    expect(await probe(url('/photo.png'))).toEqual({ ok: true });
    expect(asked.map(({ method, headers }) => [method, headers.range])).toEqual([
      ['GET', 'bytes=0-65535'],
    ]);
    for (const undo of cleanUp.splice(0).reverse()) await undo();
    await until(() => bytesSent() > 0);
    expect(bytesSent()).toBeLessThan(70_000);
  });

  it('reads data: addresses without asking anybody', async () => {
    const { probe, asked } = await start(answer);
    const picture = `data:image/png;base64,${PIXEL.toString('base64')}`;
    const other = `data:image/png;base64,${Buffer.from('no picture').toString('base64')}`;
    expect(await probe(picture)).toEqual({ ok: true });
    expect(await probe(other)).toMatchObject({ ok: false, code: 'asset_invalid' });
    expect(asked).toEqual([]);
  });

  it('never contacts an address that is not allowed, also behind a redirect', async () => {
    const trap = await startTrap();
    cleanUp.push(() => trap.close());
    const inside = `http://127.0.0.1:${trap.port}/picture.png`;
    const { probe, url } = await start((_, res) => {
      res.writeHead(302, { location: inside }).end();
    });
    for (const address of [inside, url('/redirect.png'), 'http://169.254.169.254/latest']) {
      expect(await probe(address)).toMatchObject({ ok: false, code: 'asset_forbidden' });
    }
    expect(trap.connections).toBe(0);
  });

  it('is polite: of fifty addresses at one host no more than six are under way', async () => {
    const open: ServerResponse[] = [];
    let most = 0;
    const { probe, asked, url } = await start((_, res) => {
      open.push(res);
      most = Math.max(most, open.length);
    });
    const all = Promise.all(Array.from({ length: 50 }, (_, i) => probe(url(`/${i}.png`))));
    for (let done = 0; done < 50; done += 1) {
      // As many as may be are there before one is let go.
      await until(() => open.length === Math.min(6, 50 - done));
      open.shift()?.end(PIXEL);
    }
    expect(await all).toEqual(Array.from({ length: 50 }, () => ({ ok: true })));
    expect([most, asked.length]).toEqual([6, 50]);
  });

  it('leaves a host alone that gave no answer eight times, and asks again later', async () => {
    const clock = { ms: 0 };
    let isDead = true;
    const { probe, asked, url } = await start(
      (req, res) => (isDead ? req.socket.destroy() : res.end(PIXEL)),
      { now: () => clock.ms },
    );
    const probeAll = () =>
      Promise.all(Array.from({ length: 100 }, (_, i) => probe(url(`/${i}.png`))));
    const outcomes = await probeAll();
    expect(outcomes.every((o) => !o.ok && o.code === 'asset_unreachable')).toBe(true);
    // Six may have been under way when the eighth failed; each is asked twice, as its socket died.
    expect(asked.length).toBeLessThanOrEqual((8 + 5) * 2);

    isDead = false;
    expect((await probe(url('/soon.png'))).ok).toBe(false);
    clock.ms += 30_000;
    expect((await probeAll()).every(({ ok }) => ok)).toBe(true);
  });

  it('does not take answers for silence: two hundred missing pictures are asked for, each', async () => {
    const { probe, asked, url } = await start((_, res) => res.writeHead(404).end());
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, (_, i) => probe(url(`/${i}.png`))),
    );
    expect(outcomes.every((o) => !o.ok && o.code === 'asset_not_found')).toBe(true);
    expect(asked).toHaveLength(200);
  });

  it('ends when it is cancelled, also while it waits for its turn', async () => {
    const { probe, asked, url } = await start(() => undefined);
    const end = new AbortController();
    const all = Array.from({ length: 20 }, (_, i) => probe(url(`/${i}.png`), end.signal));
    const settled = Promise.allSettled(all);
    await until(() => asked.length === 6);
    end.abort();
    for (const outcome of await settled) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'cancelled' } });
    }
    expect(asked).toHaveLength(6);
  });
});
