import { mkdtemp, rm } from 'node:fs/promises';
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

const WORKER_KILLS = faultCount(20, 3);
const API_KILLS = faultCount(5, 1);

let redis: RedisServer;
let dataDir: string;
let api: ServiceProcess;
let worker: ServiceProcess;

beforeAll(async () => {
  redis = await startRedis();
  dataDir = await mkdtemp(join(tmpdir(), 'cp-worker-killed-'));
  [api, worker] = await Promise.all([start('service'), start('worker')]);
}, FAULT_TIMEOUT_MS);
afterAll(async () => {
  await Promise.all([api?.signal('SIGKILL'), worker?.signal('SIGKILL')]);
  await redis?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

function start(program: 'service' | 'worker'): Promise<ServiceProcess> {
  return startServiceProcess({
    program,
    env: {
      DATA_DIR: dataDir,
      REDIS_URL: `unix://${redis.socketPath}`,
      // A machine that is busy is to add no faults of its own.
      RENDER_TIMEOUT_MS: '60000',
      CARDPRESS_ROLE: program === 'service' ? 'api' : 'all',
    },
  });
}

it(
  `loses nothing when the worker is killed ${WORKER_KILLS} times and the API ${API_KILLS} times`,
  async () => {
    const random = seededRandom(20);
    const load = startLoad((path, call) => api.api(path, call), { name: 'orphan', clients: 6 });
    const blows = Array.from({ length: WORKER_KILLS + API_KILLS }, (_, i) =>
      i % Math.ceil(WORKER_KILLS / API_KILLS + 1) === 1 ? ('api' as const) : ('worker' as const),
    );
    for (const blow of blows) {
      await load.progress(1 + random(8));
      if (blow === 'api') {
        await api.signal('SIGKILL');
        api = await start('service');
        continue;
      }
      const chromium = await descendantsOf(worker.pid);
      await worker.signal('SIGKILL');
      // Nobody tells a browser whose worker is gone to end; it notices.
      await until(() => signalAll(chromium, 0) === 0, 30_000);
      worker = await start('worker');
    }
    const tally = await load.stop();
    expect(tally).toEqual(unharmed(tally));
    expect(blows.filter((blow) => blow === 'worker')).toHaveLength(WORKER_KILLS);
  },
  FAULT_TIMEOUT_MS,
);
