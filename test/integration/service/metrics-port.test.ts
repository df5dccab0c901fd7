import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { ask } from '../../support/api-client.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { freePort, SERVICE_KEY } from '../../support/service-environment.js';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.js';
import { until } from '../../support/until.js';

let redis: RedisServer;
let dataDir: string;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  redis = await startRedis();
  dataDir = await mkdtemp(join(tmpdir(), 'cp-figures-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.signal('SIGTERM')));
});
afterAll(async () => {
  await redis?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(program: 'service' | 'deliver', env: Record<string, string> = {}) {
  const REDIS_URL = `unix://${redis.socketPath}`;
  const started = await startServiceProcess({
    program,
    env: { DATA_DIR: dataDir, REDIS_URL, CARDPRESS_ROLE: 'api', ...env },
  });
  running.push(started);
  return started;
}

it.each(['service', 'deliver'] as const)(
  'shows the figures of a %s on METRICS_PORT alone, and nothing else there',
  async (program) => {
    const port = await freePort();
    const started = await start(program, { METRICS_PORT: String(port) });
    const own = `http://127.0.0.1:${port}`;
    const figures = await ask(`${own}/metrics`, '', { key: null });
    expect(figures.status).toBe(200);
    expect(figures.headers['content-type']).toContain('text/plain');
    expect(figures.bytes.toString()).toContain('cardpress_ready{check="redis"} 1');
    expect((await started.api('/metrics')).status).toBe(404);
    expect((await started.api('/healthz')).status).toBe(200);
    for (const path of ['/', '/healthz', '/readyz', '/v1/images', '/admin/queues', '/metrics/']) {
      expect([path, (await ask(own + path, SERVICE_KEY)).status]).toEqual([path, 404]);
    }
    // It is there to the end, and does not keep the process.
    expect(await started.signal('SIGTERM')).toEqual({ code: 0, signal: null });
    await until(() =>
      ask(`${own}/metrics`, '', { key: null }).then(
        () => false,
        () => true,
      ),
    );
  },
  60_000,
);

it('shows them beside everything else where it is not set', async () => {
  const started = await start('deliver', { METRICS_PORT: '' });
  expect((await started.api('/metrics', { key: null })).status).toBe(200);
}, 60_000);
