import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  descendantsOf,
  seededRandom,
  signalAll,
  startLoad,
  unharmed,
} from '../support/fault-load.js';
import { FAULT_TIMEOUT_MS, faultCount } from '../support/fault-scale.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const KILLS = faultCount(50, 5);

let redis: RedisServer;
let directory: string;
let temporary: string;
let service: ServiceProcess;

beforeAll(async () => {
  redis = await startRedis();
  directory = await mkdtemp(join(tmpdir(), 'cp-killed-'));
  temporary = join(directory, 'tmp');
  await mkdir(temporary);
  service = await startServiceProcess({
    program: 'service',
    env: {
      DATA_DIR: join(directory, 'data'),
      REDIS_URL: `unix://${redis.socketPath}`,
      // A machine that is busy is to add no faults of its own.
      RENDER_TIMEOUT_MS: '60000',
      TMPDIR: temporary,
    },
  });
}, FAULT_TIMEOUT_MS);
afterAll(async () => {
  await service?.signal('SIGKILL');
  await redis?.stop();
  await rm(directory, { recursive: true, force: true });
});

it(
  `loses nothing when Chromium is killed ${KILLS} times under load, and leaves nothing behind`,
  async () => {
    const random = seededRandom(6);
    const load = startLoad(service.api, { name: 'killed', clients: 6 });
    for (let kill = 0; kill < KILLS; kill += 1) {
      // Sometimes in the middle of much work, sometimes right after the last blow.
      await load.progress(random(10));
      await until(async () => {
        const chromium = await descendantsOf(service.pid);
        return signalAll(chromium, 'SIGKILL') > 0;
      }, 60_000);
    }
    await load.progress(10);
    const tally = await load.stop();
    expect(tally).toEqual(unharmed(tally));
    expect(tally.accepted).toBeGreaterThan(KILLS);

    // What was killed is gone for good: no zombies, and one profile for each browser that runs.
    await until(async () => {
      const left = await descendantsOf(service.pid);
      return left.every(({ state }) => state !== 'Z');
    }, 30_000);
    const profiles = async () =>
      (await readdir(temporary, { recursive: true })).filter((path) => /_profile-\w+$/.test(path));
    await until(async () => (await profiles()).length <= 1, 30_000);
    const running = await descendantsOf(service.pid);
    expect(await service.signal('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await readdir(temporary)).toEqual([]);
    await until(() => signalAll(running, 0) === 0, 30_000);
  },
  FAULT_TIMEOUT_MS,
);
