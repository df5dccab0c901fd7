import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startService as startWholeService } from '../../src/compose/service.js';
import { loadSettings } from '../../src/config/settings.js';
import { createLogger } from '../../src/observability/logger.js';
import { createMetrics } from '../../src/observability/metrics.js';
import { ask } from '../support/api-client.js';
import {
  descendantsOf,
  type ProcessState,
  signalAll,
  startLoad,
  unharmed,
} from '../support/fault-load.js';
import { FAULT_TIMEOUT_MS, faultCount } from '../support/fault-scale.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import {
  freePort,
  metricIn,
  SERVICE_KEY,
  serviceEnvironment,
  startService,
  type TestService,
} from '../support/service.js';
import { until } from '../support/until.js';

const ROUNDS = faultCount(5, 1);
const RESTARTS = faultCount(20, 3);

/** Chromium's processes of one kind; the browser process is the one without a type. */
async function chromiumOf(kind: 'browser' | 'gpu-process' | 'renderer'): Promise<ProcessState[]> {
  const all = await descendantsOf(process.pid);
  return all.filter(({ command }) =>
    kind === 'browser'
      ? command.includes('--remote-debugging-pipe') && !command.includes('--type=')
      : command.includes(`--type=${kind}`),
  );
}

describe('Chromium that does not answer', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService({ env: { RENDER_TIMEOUT_MS: '10000' } });
  }, FAULT_TIMEOUT_MS);
  afterAll(() => service?.stop());

  it.each(['browser', 'gpu-process', 'renderer'] as const)(
    'costs no image when its %s stops',
    async (kind) => {
      const load = startLoad(service.api, { name: `stopped ${kind}`, clients: 4 });
      for (let round = 0; round < ROUNDS; round += 1) {
        await load.progress(4);
        const stopped = await until(async () => {
          const found = await chromiumOf(kind);
          return signalAll(found, 'SIGSTOP') > 0 && found;
        }, 30_000);
        // It is found out from outside, and ended: a process that is stopped does not end itself.
        await until(() => signalAll(stopped, 0) === 0, 60_000);
        await load.progress(4);
      }
      const tally = await load.stop();
      expect(tally).toEqual(unharmed(tally));
    },
    FAULT_TIMEOUT_MS,
  );
});

describe('a planned restart', () => {
  let redis: RedisServer;
  let dataDir: string;
  beforeAll(async () => {
    redis = await startRedis();
    dataDir = await mkdtemp(join(tmpdir(), 'cp-restarts-'));
  });
  afterEach(async () => {
    await redis?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it(
    'under load keeps liveness and readiness, and costs no attempt',
    async () => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const redisUrl = `unix://${redis.socketPath}`;
      const settings = loadSettings(
        await serviceEnvironment({
          HOST: '127.0.0.1',
          PORT: String(port),
          PUBLIC_URL: url,
          DATA_DIR: dataDir,
          REDIS_URL: redisUrl,
        }),
      );
      const metrics = createMetrics();
      const observers = { logger: createLogger('silent'), metrics };
      const limits = { rendersPerBrowser: 8 };
      const service = await startWholeService(settings, redisUrl, observers, limits);
      const restarts = async () =>
        metricIn(await metrics.text(), 'cardpress_browser_restarts_total', { reason: 'quota' });
      const api = (path: string, call = {}) => ask(url + path, SERVICE_KEY, call);

      const load = startLoad(api, { name: 'planned', clients: 6 });
      await load.progress(1);
      const seen = new Set<string>();
      await until(async () => {
        for (const probe of ['/healthz', '/readyz']) {
          seen.add(`${probe} ${(await api(probe)).status}`);
        }
        return (await restarts()) >= RESTARTS;
      }, FAULT_TIMEOUT_MS);
      const tally = await load.stop();
      expect(tally).toEqual(unharmed(tally));
      expect([...seen].sort()).toEqual(['/healthz 200', '/readyz 200']);
      const discarded = metricIn(await metrics.text(), 'cardpress_browser_pages_discarded_total');
      expect(discarded).toBe(0);
      await service.stop();
    },
    FAULT_TIMEOUT_MS,
  );
});
