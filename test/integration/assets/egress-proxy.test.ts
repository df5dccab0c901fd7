import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createAddressPolicy } from '../../../src/assets/address-policy.js';
import {
  type EgressProxy,
  type EgressProxyOptions,
  startEgressProxy,
} from '../../../src/assets/egress-proxy.js';
import { parseEgressRule } from '../../../src/config/egress-rule.js';
import { startTrap, type Trap, type TrapOptions } from '../../support/trap-server.js';

const INTERNAL = 'press.cardpress.internal';

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

async function trap(options: TrapOptions = {}): Promise<Trap> {
  const started = await startTrap(options);
  cleanUp.push(() => started.close());
  return started;
}

interface Started {
  proxy: EgressProxy;
  refusals: { host: string; reason: string }[];
  handled: string[];
}

async function start(
  options: Partial<EgressProxyOptions> & { hosts?: string[]; allow?: string[] } = {},
): Promise<Started> {
  const { hosts = [], allow = [], ...rest } = options;
  const refusals: Started['refusals'] = [];
  const handled: string[] = [];
  const proxy = await startEgressProxy({
    policy: createAddressPolicy({
      allow: allow.map(parseEgressRule),
      resolve: async (name) => [{ address: name.startsWith('private') ? '10.0.0.1' : '127.0.0.1' }],
    }),
    allowedHosts: () => new Set(hosts),
    internal: {
      host: INTERNAL,
      handle(req: IncomingMessage, res: ServerResponse) {
        handled.push(req.url ?? '');
        if (req.url?.endsWith('/throws')) throw new Error('no such thing');
        res.writeHead(200, { 'content-length': 5 }).end('shell');
      },
    },
    onRefused: (refusal) => refusals.push(refusal),
    ...rest,
  });
  cleanUp.push(() => proxy.close());
  return { proxy, refusals, handled };
}

function open(proxy: EgressProxy): Socket {
  const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  cleanUp.push(async () => {
    socket.destroy();
  });
  return socket;
}

/** Sends bytes and reads until the other side ends, or until what came contains `until`. */
async function say(proxy: EgressProxy, text: string, until?: string): Promise<string> {
  const socket = open(proxy);
  socket.write(text);
  return listen(socket, until);
}

async function listen(socket: Socket, until?: string): Promise<string> {
  let received = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    received += chunk.toString('latin1');
    if (until !== undefined && received.includes(until)) break;
  }
  return received;
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
const get = (target: string, headers = '') =>
  `GET ${target} HTTP/1.1\r\nhost: x\r\n${headers}connection: close\r\n\r\n`;
const tunnel = (authority: string) => `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`;

describe('the internal host', () => {
  it.each([`http://${INTERNAL}/t/a?b=1`, `HTTP://${INTERNAL.toUpperCase()}:80/t/a?b=1`])(
    'is answered in process: %s',
    async (target) => {
      const { proxy, handled } = await start();
      expect(await say(proxy, get(target))).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*shell$/);
      expect(handled).toEqual([target]);
      expect(proxy.refusedCount).toBe(0);
    },
  );

  it('serves many requests over one connection', async () => {
    const { proxy, handled } = await start();
    const one = `GET http://${INTERNAL}/a HTTP/1.1\r\nhost: ${INTERNAL}\r\n\r\n`;
    const answer = await say(proxy, `${one}${one}${get(`http://${INTERNAL}/b`)}`);
    expect(answer.match(/shell/g)).toHaveLength(3);
    expect(handled).toHaveLength(3);
  });

  it('survives a handler that throws', async () => {
    const { proxy } = await start();
    expect(statusOf(await say(proxy, get(`http://${INTERNAL}/throws`)))).toBe(400);
    expect(statusOf(await say(proxy, get(`http://${INTERNAL}/a`)))).toBe(200);
  });

  it.each([
    ['a tunnel', tunnel(`${INTERNAL}:443`)],
    ['a tunnel to port 80', tunnel(`${INTERNAL}:80`)],
    ['another port', get(`http://${INTERNAL}:81/a`)],
    ['https in absolute form', get(`https://${INTERNAL}/a`)],
  ])('is not reached by %s, even where a template declares it', async (_name, text) => {
    const { proxy, handled } = await start({ hosts: [INTERNAL, `${INTERNAL}:81`] });
    expect(statusOf(await say(proxy, text))).toBe(403);
    expect(handled).toEqual([]);
    expect(proxy.refusedCount).toBe(1);
  });
});

describe('what it refuses', () => {
  it('every host that no template declares, without dialling it', async () => {
    const target = await trap();
    const six = await trap({ host: '::1', port: target.port });
    const { proxy, refusals } = await start({ allow: ['127.0.0.0/8', '::1'] });
    for (const host of ['127.0.0.1', '[::1]', 'evil.test', 'localhost', '0x7f000001', '127.1']) {
      const authority = `${host}:${target.port}`;
      expect(statusOf(await say(proxy, get(`http://${authority}/p?token=secret`)))).toBe(403);
      expect(statusOf(await say(proxy, tunnel(authority)))).toBe(403);
    }
    expect([target.connections, six.connections]).toEqual([0, 0]);
    expect(proxy.refusedCount).toBe(12);
    expect(new Set(refusals.map(({ reason }) => reason))).toEqual(new Set(['undeclared_host']));
    expect(JSON.stringify(refusals)).not.toContain('secret');
    expect(refusals).toContainEqual({
      host: `evil.test:${target.port}`,
      reason: 'undeclared_host',
    });
  });

  it('declared hosts whose address is not public', async () => {
    const { proxy, refusals } = await start({
      hosts: ['private.test', '127.0.0.1', 'inside.test'],
    });
    for (const host of ['private.test', '127.0.0.1', 'inside.test']) {
      expect(statusOf(await say(proxy, get(`http://${host}/`)))).toBe(403);
      expect(statusOf(await say(proxy, tunnel(`${host}:443`)))).toBe(403);
    }
    expect(refusals).toHaveLength(6);
    expect(new Set(refusals.map(({ reason }) => reason))).toEqual(new Set(['forbidden_address']));
  });

  it.each([
    ['origin form', get('/t/a'), 400, 'bad_request'],
    [
      'origin form that names the internal host',
      `GET /a HTTP/1.1\r\nhost: ${INTERNAL}\r\nconnection: close\r\n\r\n`,
      400,
      'bad_request',
    ],
    [
      'asterisk form',
      `OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
      400,
      'bad_request',
    ],
    ['ftp', get('ftp://cdn.test/x'), 403, 'forbidden_kind'],
    ['another port of a declared host', get('http://cdn.test:8080/x'), 403, 'undeclared_host'],
    ['a plain WebSocket tunnel', tunnel('cdn.test:80'), 403, 'forbidden_kind'],
    ['a tunnel without a port', tunnel('cdn.test'), 400, 'bad_request'],
    ['a tunnel with credentials', tunnel('a@cdn.test:443'), 400, 'bad_request'],
    ['credentials', get('http://a:b@cdn.test/x'), 403, 'forbidden_address'],
    [
      'a post',
      `POST http://cdn.test/x HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc`,
      403,
      'forbidden_kind',
    ],
    [
      'an upgrade',
      get('http://cdn.test/x', 'upgrade: websocket\r\n').replace(
        'connection: close',
        'connection: upgrade',
      ),
      403,
      'upgrade',
    ],
    [
      'an upgrade of the internal host',
      get(`http://${INTERNAL}/x`, 'upgrade: websocket\r\n').replace(
        'connection: close',
        'connection: upgrade',
      ),
      403,
      'upgrade',
    ],
  ])('%s', async (_name, text, status, reason) => {
    const { proxy, refusals, handled } = await start({ hosts: ['cdn.test'], allow: ['cdn.test'] });
    expect(statusOf(await say(proxy, text))).toBe(status);
    expect(refusals.map((refusal) => refusal.reason)).toEqual([reason]);
    expect(handled).toEqual([]);
  });

  it('everyone without the token, where there is one', async () => {
    const { proxy, handled } = await start({ token: 'let-me-in' });
    const basic = (password: string) =>
      `proxy-authorization: Basic ${Buffer.from(`cardpress:${password}`).toString('base64')}\r\n`;
    const target = `http://${INTERNAL}/a`;
    expect(await say(proxy, get(target))).toMatch(
      /^HTTP\/1\.1 407[\s\S]*proxy-authenticate: Basic/,
    );
    expect(statusOf(await say(proxy, get(target, basic('wrong'))))).toBe(407);
    expect(statusOf(await say(proxy, tunnel('cdn.test:443')))).toBe(407);
    expect(handled).toEqual([]);
    expect(statusOf(await say(proxy, get(target, basic('let-me-in'))))).toBe(200);
  });
});

describe('declared hosts', () => {
  const ok = (body: string, headers = '') =>
    `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${headers}\r\n${body}`;

  it('are reached at the address that was judged, with their name, without cookies', async () => {
    const upstream = await trap({ answer: () => ok('font', 'set-cookie: a=1\r\nx-kept: yes\r\n') });
    const host = `cdn.test:${upstream.port}`;
    const { proxy } = await start({ hosts: [host], allow: [host] });
    const answer = await say(proxy, get(`http://${host}/f?v=1`, 'cookie: s=1\r\nx-sent: yes\r\n'));
    expect(answer).toMatch(/^HTTP\/1\.1 200[\s\S]*x-kept: yes[\s\S]*font$/);
    expect(answer).not.toContain('set-cookie');
    const sent = upstream.received.toString();
    expect(sent).toMatch(/^GET \/f\?v=1 HTTP\/1\.1\r\n/);
    expect(sent).toContain(`host: ${host}`);
    expect(sent).toContain('x-sent: yes');
    expect(sent).not.toContain('cookie');
    expect(proxy.refusedCount).toBe(0);
  });

  it('have their redirects handed back, to be judged when they are followed', async () => {
    const target = await trap();
    const upstream = await trap({
      answer: () =>
        `HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:${target.port}/\r\ncontent-length: 0\r\n\r\n`,
    });
    const host = `cdn.test:${upstream.port}`;
    const { proxy } = await start({ hosts: [host], allow: [host] });
    expect(statusOf(await say(proxy, get(`http://${host}/`)))).toBe(302);
    expect(statusOf(await say(proxy, get(`http://127.0.0.1:${target.port}/`)))).toBe(403);
    expect(target.connections).toBe(0);
  });

  it('get a tunnel that carries bytes both ways, the first ones included', async () => {
    const upstream = await trap({ answer: (chunk) => `echo:${chunk}` });
    const host = `cdn.test:${upstream.port}`;
    const { proxy } = await start({ hosts: [host], allow: [host] });
    const socket = open(proxy);
    socket.write(`${tunnel(host)}early`);
    expect(await listen(socket, 'echo:early')).toMatch(/^HTTP\/1\.1 200 /);
    socket.write('late');
    expect(await listen(socket, 'echo:late')).toContain('echo:late');
  });

  it('are cut off where they send more than the limit', async () => {
    const upstream = await trap({
      answer: () => `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(5_000)}`,
    });
    const announced = await trap({ answer: () => ok('x'.repeat(5_000)) });
    const hosts = [`cdn.test:${upstream.port}`, `big.test:${announced.port}`];
    const { proxy } = await start({ hosts, allow: hosts, limits: { maxBytes: 1_000 } });
    for (const host of hosts) {
      const answer = await say(proxy, get(`http://${host}/`));
      expect(answer.length).toBeLessThan(5_000);
    }
    expect((await say(proxy, `${tunnel(hosts[0] ?? '')}go`)).length).toBeLessThan(5_000);
  });

  it('are given up when they do not answer in time', async () => {
    const silent = await trap();
    const host = `cdn.test:${silent.port}`;
    const { proxy } = await start({
      hosts: [host],
      allow: [host],
      limits: { totalTimeoutMs: 100 },
    });
    expect(statusOf(await say(proxy, get(`http://${host}/`)))).toBe(504);
    expect(await say(proxy, tunnel(host))).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\n$/);
  });

  it('answer 502 when nobody listens', async () => {
    const gone = await startTrap();
    await gone.close();
    const host = `cdn.test:${gone.port}`;
    const { proxy } = await start({ hosts: [host], allow: [host] });
    expect(statusOf(await say(proxy, get(`http://${host}/`)))).toBe(502);
    expect(statusOf(await say(proxy, tunnel(host)))).toBe(502);
  });

  it('share a bounded number of places, which come free again', async () => {
    const silent = await trap();
    const host = `cdn.test:${silent.port}`;
    const { proxy, refusals } = await start({
      hosts: [host],
      allow: [host],
      limits: { maxConcurrent: 1 },
    });
    const first = open(proxy);
    first.write(tunnel(host));
    await listen(first, '200 Connection established');
    expect(statusOf(await say(proxy, tunnel(host)))).toBe(503);
    expect(refusals).toEqual([{ host, reason: 'too_many' }]);
    first.destroy();
    let status = 503;
    while (status === 503) {
      status = statusOf(await say(proxy, tunnel(host), '\r\n\r\n'));
    }
    expect(status).toBe(200);
  });
});

describe('its robustness', () => {
  it('outlives clients that reset their connections at any moment', async () => {
    const upstream = await trap({
      answer: () => `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1_000_000)}`,
    });
    const host = `cdn.test:${upstream.port}`;
    const { proxy } = await start({ hosts: [host], allow: [host] });
    const openings = [
      '',
      'GET ',
      get(`http://${host}/`),
      tunnel(host),
      `${tunnel(host)}go`,
      get(`http://${INTERNAL}/a`),
      tunnel('evil.test:443'),
      get('http://x/', 'upgrade: y\r\n'),
      '\x16\x03\x01\x02\x00',
    ];
    for (const text of openings) {
      const socket = open(proxy);
      await once(socket, 'connect');
      const closed = once(socket, 'close');
      socket.write(text, () => socket.resetAndDestroy());
      await closed;
    }
    expect(statusOf(await say(proxy, get(`http://${INTERNAL}/a`)))).toBe(200);
  });

  it('answers what is not HTTP with 400', async () => {
    const { proxy } = await start();
    expect(statusOf(await say(proxy, '\x16\x03\x01\x02\x00\r\n\r\n'))).toBe(400);
  });

  it('ends clients that never finish their request', async () => {
    const { proxy } = await start({ headersTimeoutMs: 50 });
    expect(statusOf(await say(proxy, `GET http://${INTERNAL}/a HTTP/1.1\r\nx: `))).toBe(400);
  });

  it('ends every socket when it is closed', async () => {
    const silent = await trap();
    const slow = await trap();
    const hosts = [`cdn.test:${silent.port}`, `slow.test:${slow.port}`];
    const { proxy } = await start({ hosts, allow: hosts });
    const idle = open(proxy);
    await once(idle, 'connect');
    const inTunnel = open(proxy);
    inTunnel.write(tunnel(hosts[0] ?? ''));
    await listen(inTunnel, '200 Connection established');
    const waiting = open(proxy);
    waiting.write(get(`http://${hosts[1]}/`));
    await slow.sprung();
    const ends = [idle, inTunnel, waiting].map((socket) => {
      socket.resume();
      return once(socket, 'close');
    });
    await proxy.close();
    await Promise.all(ends);
    const code = await new Promise((resolve) => {
      open(proxy).on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(code).toBe('ECONNREFUSED');
  });
});
