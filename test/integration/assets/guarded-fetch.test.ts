import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createAddressPolicy, type Resolver } from '../../../src/assets/address-policy.js';
import { createGuardedFetch, type GuardedFetcher } from '../../../src/assets/guarded-fetch.js';
import { parseEgressRule } from '../../../src/config/egress-rule.js';
import { startTrap, type Trap } from '../../support/trap-server.js';

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

interface Host {
  port: number;
  requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
}

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

async function startHost(handler: Handler): Promise<Host> {
  const requests: Host['requests'] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      requests.push({
        method: req.method ?? '',
        url: req.url ?? '',
        headers: req.headers,
        body: Buffer.concat(chunks).toString(),
      });
      handler(req, res);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, requests };
}

async function trap(host = '127.0.0.1', port = 0): Promise<Trap> {
  const started = await startTrap({ host, port });
  cleanUp.push(() => started.close());
  return started;
}

function fetcherFor(allow: string[], resolve?: Resolver): GuardedFetcher {
  const policy = createAddressPolicy({
    allow: allow.map(parseEgressRule),
    resolve: resolve ?? (async () => [{ address: '127.0.0.1' }]),
  });
  const fetcher = createGuardedFetch({ policy, version: '9.9.9' });
  cleanUp.push(() => fetcher.close());
  return fetcher;
}

describe('where it leads', () => {
  let target: Trap;
  beforeEach(async () => {
    target = await trap();
  });

  it.each([
    '127.0.0.1',
    '127.1',
    '0x7f000001',
    '2130706433',
    '[::ffff:127.0.0.1]',
    'localhost',
    '[::]',
    '0',
  ])('never opens a connection to %s', async (host) => {
    const six = await trap('::1', target.port);
    const fetcher = createGuardedFetch({ policy: createAddressPolicy(), version: '1' });
    cleanUp.push(() => fetcher.close());
    await expect(fetcher.fetch(`http://${host}:${target.port}/x.png`)).rejects.toMatchObject({
      code: 'asset_forbidden',
    });
    await expect(fetcher.fetch(`https://${host}:${target.port}/x.png`)).rejects.toMatchObject({
      code: 'asset_forbidden',
    });
    expect([target.connections, six.connections]).toEqual([0, 0]);
  });

  it('dials the address that was judged, whatever the resolver says afterwards', async () => {
    const six = await trap('::1', target.port);
    const host = await startHost((_req, res) => res.end('from the first answer'));
    // The name first leads to the exempt host, then elsewhere on loopback, as in DNS rebinding.
    const answers = [[{ address: '127.0.0.1' }], [{ address: '::1' }], [{ address: '127.0.0.2' }]];
    const asked: string[] = [];
    const fetcher = fetcherFor(['127.0.0.1'], async (name) => {
      asked.push(name);
      return answers[Math.min(asked.length, answers.length) - 1] ?? [];
    });
    const response = await fetcher.fetch(`http://rebind.test:${host.port}/`);
    expect(response.body.toString()).toBe('from the first answer');
    expect(asked).toEqual(['rebind.test']);
    expect(host.requests[0]?.headers.host).toBe(`rebind.test:${host.port}`);
    // A new connection is judged by its own answer, and that one is refused.
    await expect(fetcher.fetch(`http://rebind.test:${target.port}/`)).rejects.toMatchObject({
      code: 'asset_forbidden',
    });
    expect(asked).toHaveLength(2);
    expect([target.connections, six.connections]).toEqual([0, 0]);
  });

  it('refuses a name with one private answer among public ones, before dialling any', async () => {
    const fetcher = fetcherFor(['203.0.113.1'], async () => [
      { address: '203.0.113.1' },
      { address: '127.0.0.1' },
    ]);
    await expect(fetcher.fetch(`http://mixed.test:${target.port}/`)).rejects.toMatchObject({
      code: 'asset_forbidden',
    });
    expect(target.connections).toBe(0);
  });

  it.each([301, 302, 303, 307, 308])('judges the target of a %i redirect', async (status) => {
    const host = await startHost((req, res) => {
      const to = req.url === '/name' ? 'inside.test' : '127.0.0.1';
      res.writeHead(status, { location: `http://${to}:${target.port}/secret` }).end();
    });
    const fetcher = fetcherFor([`127.0.0.1:${host.port}`]);
    for (const path of ['/literal', '/name']) {
      await expect(fetcher.fetch(`http://start.test:${host.port}${path}`)).rejects.toMatchObject({
        code: 'asset_forbidden',
      });
    }
    expect(host.requests).toHaveLength(2);
    expect(target.connections).toBe(0);
  });

  it('refuses redirects to other schemes and with credentials', async () => {
    const host = await startHost((req, res) => {
      const location =
        req.url === '/file' ? 'file:///etc/passwd' : `http://a:b@start.test:${host.port}/`;
      res.writeHead(302, { location }).end();
    });
    const fetcher = fetcherFor(['127.0.0.1']);
    for (const path of ['/file', '/credentials']) {
      await expect(fetcher.fetch(`http://start.test:${host.port}${path}`)).rejects.toMatchObject({
        code: 'asset_forbidden',
      });
    }
    expect(host.requests).toHaveLength(2);
  });

  it('sends the name as SNI to the judged address', async () => {
    const fetcher = fetcherFor(['127.0.0.1']);
    const pending = fetcher.fetch(`https://pictures.test:${target.port}/`, { timeoutMs: 1_000 });
    await target.sprung();
    await expect(pending).rejects.toMatchObject({
      code: 'asset_unreachable',
      detail: expect.stringContaining('within 1 s'),
    });
    expect(target.received.includes('pictures.test')).toBe(true);
  });

  it('ignores the proxies that the environment names', async () => {
    const host = await startHost((_req, res) => res.end('direct'));
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'];
    const before = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = `http://127.0.0.1:${target.port}`;
    try {
      const fetcher = fetcherFor(['127.0.0.1']);
      const response = await fetcher.fetch(`http://pictures.test:${host.port}/`);
      expect(response.body.toString()).toBe('direct');
    } finally {
      names.forEach((name, index) => {
        const value = before[index];
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      });
    }
    expect(target.connections).toBe(0);
  });
});

describe('what it asks and gets', () => {
  it('follows up to five redirects, relative ones too, and tells where it ended', async () => {
    const host = await startHost((req, res) => {
      const step = Number(req.url?.slice(1));
      if (step < 5) res.writeHead(302, { location: `${step + 1}` }).end();
      else res.writeHead(200, { 'content-type': 'image/png', 'x-two': ['a', 'b'] }).end('here');
    });
    const fetcher = fetcherFor(['127.0.0.1']);
    await expect(fetcher.fetch(`http://a.test:${host.port}/0`)).resolves.toMatchObject({
      url: `http://a.test:${host.port}/5`,
      status: 200,
      redirects: 5,
      headers: { 'content-type': 'image/png', 'x-two': 'a, b' },
      body: Buffer.from('here'),
    });
  });

  it('gives up on a redirect loop', async () => {
    const host = await startHost((_req, res) => res.writeHead(302, { location: '/again' }).end());
    const fetcher = fetcherFor(['127.0.0.1']);
    await expect(fetcher.fetch(`http://a.test:${host.port}/`)).rejects.toMatchObject({
      code: 'asset_unreachable',
      retryable: false,
      detail: expect.stringContaining('more than 5 times'),
    });
    expect(host.requests).toHaveLength(6);
  });

  it('says who it is, and sends neither cookies nor private headers to another origin', async () => {
    const second = await startHost((_req, res) => res.end('ok'));
    const first = await startHost((_req, res) =>
      res.writeHead(302, { location: `http://b.test:${second.port}/`, 'set-cookie': 'a=1' }).end(),
    );
    const fetcher = fetcherFor(['127.0.0.1']);
    await fetcher.fetch(`http://a.test:${first.port}/`, {
      headers: { authorization: 'Bearer x', accept: 'image/*' },
    });
    expect(first.requests[0]?.headers).toMatchObject({
      'user-agent': 'Cardpress/9.9.9 (+image fetcher)',
      authorization: 'Bearer x',
    });
    expect(second.requests[0]?.headers).toMatchObject({ accept: 'image/*' });
    expect(second.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(second.requests[0]?.headers).not.toHaveProperty('cookie');
  });

  it('posts without following redirects, and with its own user agent where asked', async () => {
    const host = await startHost((_req, res) =>
      res.writeHead(307, { location: '/x' }).end('moved'),
    );
    const fetcher = fetcherFor(['127.0.0.1']);
    const response = await fetcher.fetch(`http://hook.test:${host.port}/`, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', 'user-agent': 'Twitterbot/1.0' },
    });
    expect(response).toMatchObject({ status: 307, redirects: 0, body: Buffer.from('moved') });
    expect(host.requests).toMatchObject([
      { method: 'POST', body: '{"a":1}', headers: { 'user-agent': 'Twitterbot/1.0' } },
    ]);
  });

  it('returns an error status as an answer', async () => {
    const host = await startHost((_req, res) => res.writeHead(404).end('no'));
    const fetcher = fetcherFor(['127.0.0.1']);
    await expect(fetcher.fetch(`http://a.test:${host.port}/`)).resolves.toMatchObject({
      status: 404,
    });
  });

  it('reads gzip and brotli, and refuses what is broken or unknown', async () => {
    const bodies: Record<string, [string, Buffer]> = {
      '/gzip': ['gzip', gzipSync('hello')],
      '/br': ['br', brotliCompressSync('hello')],
      '/cut': ['gzip', gzipSync('hello').subarray(0, 15)],
      '/lie': ['gzip', Buffer.from('hello')],
      '/other': ['zstd', Buffer.from('hello')],
      '/twice': ['gzip, gzip', gzipSync(gzipSync('hello'))],
    };
    const host = await startHost((req, res) => {
      const [encoding, body] = bodies[req.url ?? ''] ?? ['', Buffer.alloc(0)];
      res.writeHead(200, { 'content-encoding': encoding }).end(body);
    });
    const fetcher = fetcherFor(['127.0.0.1']);
    for (const path of ['/gzip', '/br']) {
      const response = await fetcher.fetch(`http://a.test:${host.port}${path}`);
      expect(response.body.toString()).toBe('hello');
    }
    for (const path of ['/cut', '/lie', '/other', '/twice']) {
      await expect(fetcher.fetch(`http://a.test:${host.port}${path}`)).rejects.toMatchObject({
        code: 'asset_invalid',
      });
    }
  });

  it('keeps connections, and asks again when the other side has just closed one', async () => {
    let answered = 0;
    const server = await startTrap({
      answer: (_chunk, socket) => {
        answered += 1;
        // The second request on the kept connection meets a closing one.
        if (answered === 2) {
          socket.destroy();
          return undefined;
        }
        return 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
      },
    });
    cleanUp.push(() => server.close());
    const fetcher = fetcherFor(['127.0.0.1']);
    for (let i = 0; i < 2; i += 1) {
      const response = await fetcher.fetch(`http://kept.test:${server.port}/`);
      expect(response.body.toString()).toBe('ok');
    }
    // Answered three times over two connections: one was used twice.
    expect([answered, server.connections]).toEqual([3, 2]);
  });
});

describe('its limits', () => {
  it('refuses an announced size without reading, and an unannounced one while reading', async () => {
    let sentBytes = 0;
    const host = await startHost((req, res) => {
      if (req.url === '/announced') {
        res.writeHead(200, { 'content-length': 11 * 1024 * 1024 }).flushHeaders();
        return;
      }
      const chunk = Buffer.alloc(64 * 1024);
      const more = () => {
        while (!res.destroyed && res.write(chunk)) sentBytes += chunk.length;
      };
      res.on('drain', more);
      more();
    });
    const fetcher = fetcherFor(['127.0.0.1']);
    for (const path of ['/announced', '/endless']) {
      await expect(fetcher.fetch(`http://a.test:${host.port}${path}`)).rejects.toMatchObject({
        code: 'asset_too_large',
        detail: expect.stringContaining('larger than 10 MB'),
      });
    }
    expect(sentBytes).toBeLessThan(40 * 1024 * 1024);
  });

  it('counts after decompression', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    const host = await startHost((_req, res) =>
      res.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    );
    const fetcher = fetcherFor(['127.0.0.1']);
    await expect(fetcher.fetch(`http://a.test:${host.port}/`)).rejects.toMatchObject({
      code: 'asset_too_large',
    });
  });

  it('cuts a long body where the asker wants its beginning only', async () => {
    const host = await startHost((_req, res) => res.end('0123456789'));
    const fetcher = fetcherFor(['127.0.0.1']);
    const response = await fetcher.fetch(`http://a.test:${host.port}/`, {
      maxBytes: 4,
      onOversize: 'cut',
    });
    expect(response.body.toString()).toBe('0123');
  });

  it.each(['no answer', 'no body'])('ends in time with %s', async (kind) => {
    const host = await startHost((_req, res) => {
      if (kind === 'no body') res.writeHead(200, { 'content-length': 100 }).write('slow');
    });
    const fetcher = fetcherFor(['127.0.0.1']);
    await expect(
      fetcher.fetch(`http://slow.test:${host.port}/?key=secret`, { timeoutMs: 200 }),
    ).rejects.toMatchObject({
      code: 'asset_unreachable',
      retryable: true,
      detail: `slow.test:${host.port} did not answer in full within 0.2 s. Use a faster host or a smaller file.`,
    });
  });

  it('stops when its asker does', async () => {
    const host = await startHost(() => controller.abort());
    const controller = new AbortController();
    const fetcher = fetcherFor(['127.0.0.1']);
    await expect(
      fetcher.fetch(`http://a.test:${host.port}/`, { signal: controller.signal }),
    ).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('calls a closed port and a broken answer unreachable', async () => {
    const closed = await startTrap();
    await closed.close();
    const rubbish = await startTrap({ answer: () => 'not HTTP\r\n\r\n' });
    cleanUp.push(() => rubbish.close());
    const fetcher = fetcherFor(['127.0.0.1']);
    for (const port of [closed.port, rubbish.port]) {
      await expect(fetcher.fetch(`http://a.test:${port}/?key=secret`)).rejects.toMatchObject({
        code: 'asset_unreachable',
        detail: expect.stringMatching(
          /^a\.test:\d+ could not be reached( \(ECONNREFUSED\))?\. Check/,
        ),
      });
    }
  });
});
