import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import { createFileStore } from '../../../src/storage/file-store.js';
import { until } from '../../support/until.js';
import { startTestApp, type TestApp } from '../../unit/http/test-app.js';

const KEY = `article/ab/ab${'c'.repeat(30)}.png`;
/** More than the buffers of a connection hold, so that a reader can leave in the middle. */
const LARGE_KEY = `article/ab/ab${'e'.repeat(30)}.png`;
const LARGE_BYTES = 64 * 1024 * 1024;
const BODY = Buffer.from('0123456789'.repeat(100_000));

let dir: string;
let app: TestApp;
let address: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cp-pictures-'));
  const store = await createFileStore({ directory: dir, publicUrl: 'https://cards.example.com' });
  await store.put(KEY, BODY, { contentType: 'image/png', attributes: {} });
  await store.put(LARGE_KEY, Buffer.alloc(LARGE_BYTES), {
    contentType: 'image/png',
    attributes: {},
  });
  await store.put(`private/ab/${'c'.repeat(32)}.bin`, BODY, {
    contentType: 'application/octet-stream',
    attributes: {},
  });
  await writeFile(join(dir, 'secret.png'), 'secret');
  app = await startTestApp({ imageFiles: store });
  address = `${app.url}/images/${KEY}`;
});
afterAll(async () => {
  await app.close();
  await rm(dir, { recursive: true, force: true });
});

describe('GET /images', () => {
  it('answers with the picture, for ever and for every page', async () => {
    const response = await fetch(address);
    expect(response.status).toBe(200);
    const header = (name: string) => response.headers.get(name);
    expect(header('content-type')).toBe('image/png');
    expect(header('content-length')).toBe('1000000');
    expect(header('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(header('etag')).toMatch(/^"[0-9a-f]+"$/);
    expect(header('accept-ranges')).toBe('bytes');
    expect(header('access-control-allow-origin')).toBe('*');
    expect(header('cross-origin-resource-policy')).toBe('cross-origin');
    expect(header('x-content-type-options')).toBe('nosniff');
    expect(header('x-cardpress-source')).toBe('stored');
    expect(Buffer.from(await response.arrayBuffer()).equals(BODY)).toBe(true);
  });

  it('answers HEAD with the same headers and no body', async () => {
    const response = await fetch(address, { method: 'HEAD', headers: { range: 'bytes=0-1' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('1000000');
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(await response.text()).toBe('');
  });

  it('answers 304 to whoever holds the picture', async () => {
    const first = await fetch(address, { method: 'HEAD' });
    const etag = String(first.headers.get('etag'));
    const modified = String(first.headers.get('last-modified'));
    for (const headers of [
      { 'if-none-match': etag },
      { 'if-none-match': `"x", W/${etag}` },
      { 'if-none-match': '*' },
      { 'if-modified-since': modified },
    ] as Record<string, string>[]) {
      // fetch adds "no-cache" to conditional requests, which must not matter here.
      const response = await fetch(address, { headers });
      expect([headers, response.status]).toEqual([headers, 304]);
      expect(response.headers.get('etag')).toBe(etag);
      expect(response.headers.get('cache-control')).toContain('immutable');
    }
    for (const headers of [
      { 'if-none-match': '"x"' },
      { 'if-none-match': '"x"', 'if-modified-since': modified },
      { 'if-modified-since': 'Sat, 01 Jan 2000 00:00:00 GMT' },
      { 'if-modified-since': 'nonsense' },
    ] as Record<string, string>[]) {
      const response = await fetch(address, { headers });
      expect([headers, response.status]).toEqual([headers, 200]);
      await response.arrayBuffer();
    }
  });

  it.each([
    ['bytes=0-9', 'bytes 0-9/1000000', '0123456789'],
    ['bytes=999998-', 'bytes 999998-999999/1000000', '89'],
    ['bytes=-3', 'bytes 999997-999999/1000000', '789'],
  ])('answers the range %s', async (range, contentRange, text) => {
    const response = await fetch(address, { headers: { range } });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(contentRange);
    expect(response.headers.get('content-length')).toBe(String(text.length));
    expect(await response.text()).toBe(text);
  });

  it.each(['bytes=2000000-', 'bytes=0-1,3-4', 'nonsense'])(
    'answers the whole picture to the range %s',
    async (range) => {
      const response = await fetch(address, { headers: { range } });
      expect(response.status).toBe(200);
      expect((await response.arrayBuffer()).byteLength).toBe(BODY.length);
    },
  );

  it('answers a range only to whoever holds the rest of the same picture', async () => {
    const etag = String((await fetch(address, { method: 'HEAD' })).headers.get('etag'));
    const status = async (ifRange: string) => {
      const headers = { range: 'bytes=0-1', 'if-range': ifRange };
      const response = await fetch(address, { headers });
      await response.arrayBuffer();
      return response.status;
    };
    expect(await status(etag)).toBe(206);
    expect(await status('"other"')).toBe(200);
  });

  it.each([
    `article/ab/ab${'d'.repeat(30)}.png`,
    `private/ab/${'c'.repeat(32)}.bin`,
    'secret.png',
    '..%2fsecret.png',
    '..%2f..%2f..%2fetc%2fpasswd',
    `article/ab/ab${'c'.repeat(30)}.png%00`,
    'x'.repeat(5_000),
  ])('answers 404 for %s, not for long', async (path) => {
    const response = await fetch(`${app.url}/images/${path}`);
    expect(response.status).toBe(404);
    expect(response.headers.get('cache-control')).toBe('public, max-age=5');
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'image_not_found' });
  });

  it('answers 405 to anything but reading', async () => {
    const response = await fetch(address, { method: 'DELETE' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  });

  it('takes no harm from a reader that goes away', async () => {
    const controller = new AbortController();
    const response = await fetch(`${app.url}/images/${LARGE_KEY}`, { signal: controller.signal });
    await response.body?.getReader().read();
    controller.abort();
    await until(() => app.log.some(({ aborted }) => aborted === true));
    expect((await fetch(address, { method: 'HEAD' })).status).toBe(200);
    expect(app.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('answers 503, which nothing may keep, while the storage is away', async () => {
    const broken = await startTestApp({
      imageFiles: {
        open: async () => {
          throw new AppError('storage_unavailable', { detail: 'The disk is away.' });
        },
      },
    });
    try {
      const response = await fetch(`${broken.url}/images/${KEY}`);
      expect(response.status).toBe(503);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.json()).toMatchObject({ code: 'storage_unavailable' });
    } finally {
      await broken.close();
    }
  });

  it('answers 503 without a trace of the picture when its first bytes cannot be read', async () => {
    const broken = await startTestApp({
      imageFiles: {
        open: async (key) => ({
          object: {
            key,
            bytes: 1000,
            etag: 'abc',
            modifiedAt: new Date(),
            info: { contentType: 'image/png', attributes: {} },
          },
          stream: () =>
            new Readable({
              read() {
                this.destroy(new Error('EIO: the disk is dying'));
              },
            }),
          close: async () => undefined,
        }),
      },
    });
    try {
      const response = await fetch(`${broken.url}/images/${KEY}`);
      expect(response.status).toBe(503);
      expect(response.headers.get('etag')).toBeNull();
      expect(response.headers.get('x-cardpress-source')).toBeNull();
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await response.json()).toMatchObject({ code: 'storage_unavailable' });
      expect(JSON.stringify(broken.log)).toContain('the disk is dying');
    } finally {
      await broken.close();
    }
  });
});
