import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createApp } from '../../../src/http/app.js';
import { createHttpServer } from '../../../src/http/server.js';
import { ask } from '../../support/api-client.js';
import { until } from '../../support/until.js';
import { appDeps, KEY } from '../../unit/http/test-app.js';

/*
 * Callers who keep a connection busy with next to nothing ("slow loris"), over real sockets. The
 * times are shorter than in service, and their order is the same; that they are set there is shown
 * in limits.test.ts.
 */

const TIMEOUTS = { headersTimeoutMs: 300, requestTimeoutMs: 600, checkIntervalMs: 50 };
const AT_ONCE = 20;
const DRIBBLE_MS = 20;

let server: Server;
let port: number;
const callers: Caller[] = [];

beforeEach(async () => {
  server = createHttpServer(createApp(appDeps().deps), TIMEOUTS);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  for (const caller of callers.splice(0)) caller.hangUp();
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

interface Caller {
  socket: Socket;
  answer(): string;
  hangUp(): void;
}

/** Sends `first`, then a letter now and then for as long as the server lets it, and never ends. */
async function dribble(first: string, letter: string): Promise<Caller> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString();
  });
  // What is cut off in the middle of a letter is reset.
  socket.on('error', () => undefined);
  socket.write(first);
  const timer = setInterval(() => socket.writable && socket.write(letter), DRIBBLE_MS);
  const hangUp = () => {
    clearInterval(timer);
    socket.destroy();
  };
  socket.once('close', hangUp);
  const caller = { socket, answer: () => answer, hangUp };
  callers.push(caller);
  return caller;
}

const HEAD = 'POST /v1/images HTTP/1.1\r\nHost: localhost\r\n';
const JSON_HEAD = `${HEAD}Authorization: Bearer ${KEY}\r\nContent-Type: application/json\r\n`;
const BODY = `${JSON_HEAD}Content-Length: 100000\r\n\r\n{"template":"`;
const CHUNKS = `${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n{"\r\n`;

const connections = () =>
  new Promise<number>((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });

it.each([
  ['its header', `${HEAD}X-Slow: `, 'x'],
  ['its body', BODY, 'x'],
  ['the parts of a body without a length', CHUNKS, '1\r\nx\r\n'],
])(
  'cuts callers off who dribble %s, and serves others meanwhile',
  async (_name, first, letter) => {
    const slow = await Promise.all(Array.from({ length: AT_ONCE }, () => dribble(first, letter)));
    await until(async () => (await connections()) === AT_ONCE);
    const good = await ask(`http://127.0.0.1:${port}/v1/images`, KEY, {
      body: { template: 'article', data: { title: 'Good' } },
    });
    expect(good.status).toBe(201);

    // Told why, and then cut off, although they go on sending and never end their side.
    await until(async () => (await connections()) === 0, 30_000);
    for (const { answer } of slow) {
      expect(answer()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
      expect(answer()).toContain('application/problem+json');
      expect(answer()).toContain('did not arrive in time');
    }
  },
  60_000,
);

it('cuts off who says nothing at all, and who goes silent after half a header', async () => {
  await Promise.all([dribble('', ''), dribble(HEAD, '')]);
  await until(async () => (await connections()) === 2);
  await until(async () => (await connections()) === 0, 30_000);
}, 60_000);

it('leaves a connection alone that is kept open between two requests', async () => {
  const kept = await dribble(`GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n`, '');
  await until(() => kept.answer().includes('200 OK'));
  const slow = await dribble(`${HEAD}X-Slow: `, 'x');
  await until(() => slow.answer().includes('408'), 30_000);
  kept.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await until(() => kept.answer().split('200 OK').length === 3);
}, 60_000);
