import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { descendantsOf, signalAll } from '../support/fault-load.js';
import { FAULT_TIMEOUT_MS } from '../support/fault-scale.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

let redis: RedisServer;
let folder: string;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  redis = await startRedis();
  folder = await mkdtemp(join(tmpdir(), 'cp-left-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.signal('SIGKILL')));
});
afterAll(async () => {
  await redis?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function startWorker(): Promise<ServiceProcess> {
  const worker = await startServiceProcess({
    program: 'worker',
    env: {
      TMPDIR: folder,
      DATA_DIR: join(folder, 'data'),
      REDIS_URL: `unix://${redis.socketPath}`,
    },
  });
  running.push(worker);
  return worker;
}

/** What lies in the temporary folder of the workers, and in the folders of their browsers. */
async function left(): Promise<{ browsers: string[]; profiles: number; others: string[] }> {
  const names = (await readdir(folder)).filter((name) => name !== 'data');
  const browsers = names.filter((name) => name.startsWith('cardpress-browsers-')).sort();
  const inside = await Promise.all(browsers.map((name) => readdir(join(folder, name))));
  const profiles = inside.flat().filter((name) => name.startsWith('playwright_')).length;
  return { browsers, profiles, others: names.filter((name) => !browsers.includes(name)) };
}

it(
  'leaves nothing of browsers on the disk once a worker was killed and another started',
  async () => {
    const first = await startWorker();
    const beside = await startWorker();
    const whileBoth = await left();
    expect([whileBoth.browsers.length, whileBoth.profiles]).toEqual([2, 2]);
    expect(whileBoth.others).toEqual([]);

    const chromium = await descendantsOf(first.pid);
    expect(chromium.length).toBeGreaterThan(0);
    await first.signal('SIGKILL');
    signalAll(chromium, 'SIGKILL');
    await until(() => signalAll(chromium, 0) === 0, 30_000);
    // The control: it is as bad as that without the next start.
    expect(await left()).toEqual(whileBoth);

    const next = await startWorker();
    const afterwards = await left();
    expect([afterwards.browsers.length, afterwards.profiles]).toEqual([2, 2]);
    expect(afterwards.others).toEqual([]);
    expect(afterwards.browsers).not.toEqual(whileBoth.browsers);
    // The one that lived all the time has lost nothing to the sweep.
    expect((await beside.api('/readyz')).status).toBe(200);

    for (const worker of [beside, next]) {
      expect(await worker.signal('SIGTERM')).toEqual({ code: 0, signal: null });
    }
    expect(await left()).toEqual({ browsers: [], profiles: 0, others: [] });
  },
  FAULT_TIMEOUT_MS,
);
