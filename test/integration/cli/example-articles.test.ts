import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  articleData,
  equalRows,
  loadArticleRows,
} from '../../../examples/articles/article-rows.js';
import { createClient } from '../../../examples/articles/cardpress-client.js';
import { readPngFacts } from '../../../examples/articles/png-facts.js';
import { packageInfo } from '../../../src/config/package-info.js';
import { PIXEL } from '../../support/templates/template-files.js';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A service that answers the requests in turn with these. */
async function serve(...answers: RequestListener[]): Promise<string> {
  const left = [...answers];
  server = createServer((req, res) => {
    const answer = left.shift();
    if (!answer) throw new Error(`${req.method} ${req.url} is one request too many`);
    req.resume();
    answer(req, res);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json =
  (status: number, body: object, headers: Record<string, string> = {}): RequestListener =>
  (_req, res) => {
    res.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    res.end(JSON.stringify(body));
  };
const image = { id: 'a', status: 'completed', url: 'http://x/a.png', reused: false, warnings: [] };

describe('the client of the example', () => {
  it('comes back after 429, 503 and broken connections', async () => {
    const url = await serve(
      json(429, { code: 'queue_full', detail: 'Full.' }, { 'Retry-After': '0' }),
      (req) => req.socket.destroy(),
      (_req, res) => {
        res.writeHead(201, { 'Content-Length': '1000' });
        res.write('{"id":');
        setImmediate(() => res.destroy());
      },
      json(503, { code: 'redis_unavailable', detail: 'Away.' }, { 'Retry-After': '0' }),
      json(202, { ...image, status: 'queued' }),
      json(200, { ...image, reused: true }),
    );
    const reasons: string[] = [];
    const client = createClient({ url, apiKey: 'key', onRetry: (reason) => reasons.push(reason) });
    // `reused` is that of the first answer: a look at an image always says that it is there.
    expect(await client.render('article', { title: 'A' })).toEqual(image);
    expect(reasons).toHaveLength(4);
    expect(reasons[0]).toBe('429 queue_full: Full.');
    expect(reasons[3]).toBe('503 redis_unavailable: Away.');
  });

  it('does not repeat what is refused, and tells why', async () => {
    const url = await serve(json(422, { code: 'invalid_data', detail: 'title: is missing' }));
    const client = createClient({ url, apiKey: 'key', onRetry: () => undefined });
    await expect(client.render('article', {})).rejects.toThrow(
      '422 invalid_data: title: is missing',
    );
  });

  it('notices an image that failed later', async () => {
    const error = { code: 'render_timeout', message: 'Too slow.' };
    const url = await serve(
      json(202, { ...image, status: 'active' }),
      json(200, { ...image, status: 'failed', error }),
    );
    const client = createClient({ url, apiKey: 'key', onRetry: () => undefined });
    await expect(client.render('article', {})).rejects.toThrow('render_timeout: Too slow.');
  });
});

describe('the check of a PNG', () => {
  it('reads its size, and a hash that stands for its pixels', () => {
    const { widthPx, heightPx, pixelHash } = readPngFacts(PIXEL);
    expect([widthPx, heightPx]).toEqual([1, 1]);
    const end = PIXEL.subarray(-12);
    // A comment (tEXt "a\0b") before the end: another file with the same pixels.
    const comment = Buffer.from('0000000374455874610062', 'hex');
    const withCrc = Buffer.concat([comment, crcOf(comment.subarray(4))]);
    const commented = Buffer.concat([PIXEL.subarray(0, -12), withCrc, end]);
    expect(readPngFacts(commented).pixelHash).toBe(pixelHash);
  });

  it.each([
    ['no PNG', deflateSync('x'), 'it is no PNG'],
    ['half a file', PIXEL.subarray(0, 50), 'the PNG is cut off'],
    ['more than a file', Buffer.concat([PIXEL, PIXEL]), 'something follows the end of the PNG'],
    ['a changed byte', Buffer.from(PIXEL).fill(7, 44, 45), 'its IDAT is damaged'],
  ])('refuses %s', (_name, file, message) => {
    expect(() => readPngFacts(file)).toThrow(message);
  });
});

/** CRC-32 as PNG has it (Annex D), bit by bit: the example itself uses zlib's. */
function crcOf(bytes: Buffer): Buffer {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  const out = Buffer.alloc(4);
  out.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
  return out;
}

describe('the list of articles', () => {
  it('has 1,049 rows, quoted ones too, and all differ', async () => {
    const rows = await loadArticleRows(
      join(packageInfo.root, 'examples', 'data', 'nodejs-blog.csv'),
    );
    expect(rows).toHaveLength(1_049);
    expect(equalRows(rows)).toEqual([]);
    expect(rows.every((row) => /^\d{4}-\d\d-\d\d$/.test(row.date))).toBe(true);
    expect(rows.find((row) => row.slug.endsWith('async-hooks'))?.title).toBe(
      'Mitigating Denial-of-Service Vulnerability from Unrecoverable Stack Space Exhaustion for React, Next.js, and APM Users',
    );
    const [first] = rows;
    if (!first) throw new Error('The list is empty.');
    expect(first.line).toBe(2);
    expect(Object.keys(articleData(first))).toEqual(['title', 'author', 'date', 'kicker']);
    expect(equalRows([first, { ...first, line: 9, slug: 'other' }])).toHaveLength(1);
  });
});
