import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createQueueBoard } from '../../../src/queue/queue-board.js';
import { connectForRequests } from '../../../src/records/redis-connections.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { startTestApp, type TestApp } from '../../unit/http/test-app.js';

/*
 * A proxy in front keeps an address inside by its name. So the service itself knows each of these
 * by one name alone.
 */

let server: RedisServer;
let redis: ReturnType<typeof connectForRequests>;
let app: TestApp;
beforeAll(async () => {
  server = await startRedis();
  redis = connectForRequests(`unix://${server.socketPath}`);
  app = await startTestApp({ queuesRouter: createQueueBoard(redis).router });
});
afterAll(async () => {
  await app?.close();
  redis?.disconnect();
  await server?.stop();
});

/** As it stands: clients would tidy it up. */
function statusOf(path: string): Promise<number> {
  const { hostname, port } = new URL(app.url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    let answer = '';
    socket.on('data', (part: Buffer) => {
      answer += part.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  });
}

it.each(['/metrics', '/healthz', '/readyz'])('%s has one name', async (path) => {
  expect(await statusOf(path)).toBe(200);
  expect(await statusOf(`${path}?x=1`)).toBe(200);
  const name = path.slice(1);
  for (const other of [
    ...[`${path}/`, `${path}//`, `/${path}`, `/.${path}`, `${path}/.`, path.toUpperCase()],
    ...[`/%${name.charCodeAt(0).toString(16)}${name.slice(1)}`, `${path};x`, `${path}%20`],
    ...[`${path}%2f`, `${path}%00`, `/v1/..${path}`, `/images/..%2f${name}`, `/\\${name}`],
  ]) {
    expect([other, await statusOf(other)]).toEqual([other, 404]);
  }
});

it('the queues have one name', async () => {
  // 401: it is there, and asks who you are.
  for (const path of ['/admin/queues', '/admin/queues/', '/admin/queues/api/queues']) {
    expect([path, await statusOf(path)]).toEqual([path, 401]);
  }
  for (const path of ['/ADMIN/queues', '/admin/Queues/', '//admin/queues', '/%61dmin/queues']) {
    expect([path, await statusOf(path)]).toEqual([path, 404]);
  }
});

it('addresses that were given out keep what they have answered', async () => {
  expect(await statusOf('/docs/')).toBe(200);
  expect(await statusOf('/v1/templates/')).toBe(401);
});
