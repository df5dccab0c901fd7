import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { Agent, type IncomingMessage, type RequestListener, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createApp } from '../../../src/http/app.js';
import type { CutReason } from '../../../src/http/connection-guard.js';
import { createHttpServer, type ServerOptions } from '../../../src/http/server.js';
import { readUnsentBytes } from '../../../src/http/unsent-bytes.js';
import { createFileStore, type FileStore } from '../../../src/storage/file-store.js';
import { temporaryDirectory } from '../../support/templates/template-files.js';
import { until } from '../../support/until.js';
import { appDeps } from '../../unit/http/test-app.js';

/*
 * Callers who take connections and give nothing back, over real sockets and real files. Times and
 * numbers are smaller than in service, and their order is the same.
 */

const MEGABYTE = 1024 * 1024;
/** More than a kernel takes for a reader on the same machine. */
const LARGE = randomBytes(12 * MEGABYTE);
const KEY = `note/ab/${'a'.repeat(32)}.png`;

let folder: string;
let remove: () => Promise<void>;
let store: FileStore;
let server: Server | undefined;
let port: number;
let cuts: CutReason[];
const sockets: Socket[] = [];

beforeAll(async () => {
  ({ path: folder, remove } = await temporaryDirectory());
  store = await createFileStore({ directory: folder, publicUrl: 'http://localhost:3000' });
  await store.put(KEY, LARGE, { contentType: 'image/png', attributes: {} });
});
async function stop(): Promise<void> {
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.closeAllConnections();
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  server = undefined;
}
afterEach(stop);
afterAll(() => remove());

async function serve(options: ServerOptions['connections'], app?: RequestListener): Promise<void> {
  cuts = [];
  const listener = app ?? createApp(appDeps({ imageFiles: store }).deps);
  server = createHttpServer(listener, {
    connections: { checkIntervalMs: 50, onCut: (reason) => cuts.push(reason), ...options },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
}

interface Caller {
  socket: Socket;
  isClosed(): boolean;
}

async function call(path: string, localAddress = '127.0.0.1'): Promise<Caller> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  sockets.push(socket);
  let closed = false;
  socket.on('close', () => {
    closed = true;
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  if (path !== '') socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  return { socket, isClosed: () => closed };
}

const never = async (path: string) => {
  const caller = await call(path);
  caller.socket.pause();
  return caller;
};

const connections = () =>
  new Promise<number>((resolve, reject) => {
    server?.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });

const openFiles = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === join(folder, KEY);
    } catch {
      return false;
    }
  }).length;

async function ask(path: string, localAddress = '127.0.0.1', agent?: Agent) {
  const req = request({ port, host: '127.0.0.1', path, localAddress, agent: agent ?? false });
  const answered = once(req.end(), 'response') as Promise<[IncomingMessage]>;
  const [res] = await answered;
  res.resume();
  await once(res, 'end');
  return { status: res.statusCode, headers: res.headers };
}

describe('readers who never read', () => {
  it('are gone within the window, and hold no file meanwhile', async () => {
    await serve({ readWindowMs: 3_000 });
    const readers = await Promise.all(Array.from({ length: 40 }, () => never(`/images/${KEY}`)));
    await until(() => openFiles() > 0);
    const startedAtMs = performance.now();
    // Long before they are cut.
    await until(() => openFiles() === 0, 10_000);
    expect(await connections()).toBe(readers.length);
    await until(async () => (await connections()) === 0, 15_000);
    expect(performance.now() - startedAtMs).toBeGreaterThan(1_000);
    expect(cuts).toEqual(Array(readers.length).fill('slow_reader'));
    expect(openFiles()).toBe(0);
  }, 30_000);

  it.each([
    ['one large write', (size: number) => [Buffer.alloc(size)]],
    ['many small ones', (size: number) => Array<Buffer>(size / 1_000).fill(Buffer.alloc(1_000))],
  ])('are cut from %s as well', async (_name, parts) => {
    const app: RequestListener = (_req, res) => {
      for (const part of parts(16_000_000)) res.write(part);
      res.end();
    };
    await serve({ readWindowMs: 300 }, app);
    await never('/');
    await until(() => cuts.length > 0);
    expect(cuts).toEqual(['slow_reader']);
  });

  it('are cut who ask again and again on one connection', async () => {
    await serve({ readWindowMs: 300 });
    const { socket } = await never('');
    socket.write(`GET /images/${KEY} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(50));
    await until(() => cuts.length > 0);
    await until(async () => (await connections()) === 0);
  });

  it('are cut who take a little now and then', async () => {
    await serve({ readWindowMs: 600 });
    const { socket } = await never(`/images/${KEY}`);
    const timer = setInterval(() => socket.read(10), 20);
    await until(() => cuts.length > 0);
    clearInterval(timer);
  });
});

describe('honest readers', () => {
  /** Reads the picture at 1 MB a second. Returns for how long this process stood still at most. */
  async function readEvenly(): Promise<number> {
    await serve({ readWindowMs: 1_000 });
    const { socket } = await never(`/images/${KEY}`);
    let bytes = 0;
    let stillMs = 0;
    let lastAtMs = performance.now();
    const timer = setInterval(() => {
      const nowMs = performance.now();
      stillMs = Math.max(stillMs, nowMs - lastAtMs);
      lastAtMs = nowMs;
      const piece: Buffer | null = socket.read(Math.min(20_000, socket.readableLength) || 1);
      bytes += piece?.length ?? 0;
    }, 20);
    await until(() => bytes > LARGE.length || cuts.length > 0, 60_000);
    clearInterval(timer);
    return stillMs;
  }

  it('get the whole of a large picture, though the kernel stands still for longer than the window', async () => {
    // The kernel opens its window anew after some 0.4 s, of half a second: a reader that stood still
    // itself for the rest of it was slow, and is read again.
    for (let left = 3; (await readEvenly()) > 100 && cuts.length > 0 && left > 0; left -= 1) {
      await stop();
    }
    expect(cuts).toEqual([]);
  }, 240_000);

  it('get the rest from a file that was closed while they were slow', async () => {
    await serve({});
    const { socket } = await never(`/images/${KEY}`);
    await until(() => openFiles() === 1);
    await until(() => openFiles() === 0);
    const parts: Buffer[] = [];
    socket.on('data', (part: Buffer) => parts.push(part)).resume();
    await until(() => parts.reduce((sum, part) => sum + part.length, 0) > LARGE.length, 20_000);
    expect(Buffer.concat(parts).subarray(-LARGE.length).equals(LARGE)).toBe(true);
  }, 30_000);

  it('wait for events as long as there are none', async () => {
    const app: RequestListener = (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write('data: first\n\n');
      setTimeout(() => res.end('data: last\n\n'), 1_000);
    };
    await serve({ readWindowMs: 100 }, app);
    const { socket } = await call('/');
    let text = '';
    socket.on('data', (part: Buffer) => {
      text += part.toString();
    });
    await until(() => text.includes('last'));
    expect(cuts).toEqual([]);
  });
});

describe('too many connections', () => {
  /** Never answers, but for what is asked by name. */
  const app: RequestListener = (req, res) => {
    if (req.url !== '/hold') res.end('ok');
  };

  it('leave probes answered, and others told when to come again', async () => {
    await serve({ maxConnections: 10 }, app);
    await Promise.all(Array.from({ length: 10 }, () => call('/hold')));
    await until(async () => (await connections()) === 10);
    expect((await ask('/healthz')).status).toBe(200);
    expect((await ask('/readyz?verbose')).status).toBe(200);
    const refused = await ask('/images/any');
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(refused.headers['content-type']).toContain('application/problem+json');
    // Nor do those who hold what is spare without a word.
    await Promise.all(Array.from({ length: 200 }, () => call('')));
    expect((await ask('/healthz')).status).toBe(200);
    for (const socket of sockets.splice(0)) socket.destroy();
    await until(async () => (await connections()) === 0);
    expect((await ask('/images/any')).status).toBe(200);
  });

  it('end those who wait for nothing first', async () => {
    await serve({ maxConnections: 5 }, app);
    const idle = await Promise.all(Array.from({ length: 5 }, () => call('/now')));
    for (const { socket } of idle) socket.resume();
    const answer = await until(async () => {
      const { status } = await ask('/later');
      return status === 200;
    });
    expect(answer).toBe(true);
    await until(() => idle.some(({ isClosed }) => isClosed()));
    expect(cuts).toContain('idle');
  });

  it('of one client leave room for others', async () => {
    await serve({ maxClientConnections: 4, isProxy: () => false }, app);
    await Promise.all(Array.from({ length: 4 }, () => call('/hold', '127.0.0.2')));
    await until(async () => (await connections()) === 4);
    expect((await ask('/any', '127.0.0.2')).status).toBe(503);
    expect((await ask('/any', '127.0.0.3')).status).toBe(200);
    expect(cuts).toContain('too_many_of_client');
  });

  it('are many for a proxy on this machine, which is no single client', async () => {
    await serve({ maxClientConnections: 4 }, app);
    await Promise.all(Array.from({ length: 40 }, () => call('/hold')));
    await until(async () => (await connections()) === 40);
    expect((await ask('/any')).status).toBe(200);
  });

  it('are given back after a thousand requests', async () => {
    await serve({}, app);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const told: (string | undefined)[] = [];
    for (let i = 0; i < 1_000; i += 1) {
      told.push((await ask('/now', '127.0.0.1', agent)).headers.connection);
    }
    expect(told.indexOf('close')).toBe(999);
    expect((await ask('/now', '127.0.0.1', agent)).status).toBe(200);
    agent.destroy();
  }, 30_000);
});

it('finds what the kernel still holds for a reader, over both families', async () => {
  for (const host of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
    server = createHttpServer((_req, res) => res.end(LARGE));
    const seen = once(server, 'connection') as Promise<[Socket]>;
    server.listen(0, host === '127.0.0.1' ? host : '::');
    await once(server, 'listening');
    const socket = connect({ port: (server.address() as AddressInfo).port, host });
    sockets.push(socket.pause());
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    const [peer] = await seen;
    await until(async () => ((await readUnsentBytes())(peer) ?? 0) > MEGABYTE);
    socket.destroy();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server?.close(() => resolve()));
    server = undefined;
  }
});
