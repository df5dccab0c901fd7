import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startService } from '../../../src/compose/service.js';
import { loadSettings } from '../../../src/config/settings.js';
import { createLogger } from '../../../src/observability/logger.js';
import { createMetrics } from '../../../src/observability/metrics.js';
import { ask } from '../../support/api-client.js';
import { chromiumPath } from '../../support/chromium-path.js';
import { colourFields } from '../../support/colour-code.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { freePort, metricIn, SERVICE_KEY, serviceEnvironment } from '../../support/service.js';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.js';
import { until } from '../../support/until.js';

const PATIENCE_MS = 90_000;

let redis: RedisServer;
let dataDir: string;
let running: ServiceProcess[] = [];

beforeAll(async () => {
  redis = await startRedis();
  dataDir = await mkdtemp(join(tmpdir(), 'cp-health-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.signal('SIGKILL')));
});
afterAll(async () => {
  await redis?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(
  program: 'worker' | 'deliver',
  env: Record<string, string> = {},
): Promise<ServiceProcess> {
  const started = await startServiceProcess({
    program,
    env: { DATA_DIR: dataDir, REDIS_URL: `unix://${redis.socketPath}`, ...env },
  });
  running = [...running, started];
  return started;
}

/** Every process below this one. */
function descendants(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  const children = existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ') : [];
  const pids = children.filter(Boolean).map(Number);
  return [...pids, ...pids.flatMap(descendants)];
}

function killBrowser(worker: ServiceProcess): number[] {
  const pids = descendants(worker.pid);
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // A helper that ended with its parent.
    }
  }
  return pids;
}

/** Asks for both probes again and again until `isOver`; every status that was answered. */
async function watch(url: string, isOver: () => boolean | Promise<boolean>): Promise<Set<string>> {
  const seen = new Set<string>();
  await until(async () => {
    for (const path of ['/healthz', '/readyz']) {
      seen.add(`${path} ${(await ask(url + path, SERVICE_KEY)).status}`);
    }
    return isOver();
  }, PATIENCE_MS);
  return seen;
}

const ALL_GOOD = new Set(['/healthz 200', '/readyz 200']);

describe('a browser that is replaced as planned', () => {
  it('after every fifth picture, ten at once: all succeed, and no probe fails', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const metrics = createMetrics();
    const env = { DATA_DIR: dataDir, PUBLIC_URL: url, HOST: '127.0.0.1', PORT: String(port) };
    const service = await startService(
      loadSettings(await serviceEnvironment(env)),
      `unix://${redis.socketPath}`,
      { logger: createLogger('silent'), metrics },
      { rendersPerBrowser: 5 },
    );
    try {
      await until(
        async () => (await ask(`${url}/readyz`, SERVICE_KEY)).status === 200,
        PATIENCE_MS,
      );
      let answered = 0;
      const answers = Promise.all(
        Array.from({ length: 10 }, async (_, i) => {
          const data = colourFields(`planned ${i}`);
          const body = { template: 'colour-code', data, wait: 30 };
          const answer = await ask(`${url}/v1/images`, SERVICE_KEY, { body });
          answered += 1;
          return answer;
        }),
      );
      const restarts = async () =>
        metricIn(await metrics.text(), 'cardpress_browser_restarts_total', { reason: 'quota' });
      // What a retired browser still has in hand counts as its own: ten may make no more than one.
      const seen = await watch(url, async () => answered === 10 && (await restarts()) >= 1);
      expect((await answers).map(({ status, json }) => [status, json.status])).toEqual(
        Array.from({ length: 10 }, () => [201, 'completed']),
      );
      expect(seen).toEqual(ALL_GOOD);
      expect(metricIn(await metrics.text(), 'cardpress_browser_restarts_total')).toBe(
        await restarts(),
      );
    } finally {
      await service.stop();
    }
  }, 240_000);
});

describe('the probes of a render worker', () => {
  let folder: string;
  let broken: string;
  let launcher: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cp-launcher-'));
    broken = join(folder, 'broken');
    launcher = join(folder, 'chromium');
    // A Chromium that can be made to start no more, as after an update that went wrong.
    await writeFile(
      launcher,
      `#!/bin/sh\n[ -e '${broken}' ] && exit 1\nexec '${await chromiumPath()}' "$@"\n`,
    );
    await chmod(launcher, 0o755);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('hold while a browser that died is replaced, and fail while none can be started', async () => {
    const worker = await start('worker', { CHROMIUM_PATH: launcher });
    const dead = killBrowser(worker);
    expect(dead.length).toBeGreaterThan(0);
    const isReplaced = () => {
      const pids = descendants(worker.pid);
      return pids.length > 2 && pids.every((pid) => !dead.includes(pid));
    };
    expect(await watch(worker.url, isReplaced)).toEqual(ALL_GOOD);

    await writeFile(broken, '');
    killBrowser(worker);
    const unready = await until(async () => {
      const answer = await worker.api('/readyz');
      return answer.status === 503 && answer;
    }, PATIENCE_MS);
    expect(unready.json.checks).toMatchObject({
      redis: { ok: true },
      storage: { ok: true },
      browser: { ok: false, detail: 'The browser does not answer.' },
    });
    const { bytes } = await worker.api('/metrics');
    expect(metricIn(bytes.toString(), 'cardpress_ready', { check: 'browser' })).toBe(0);
    expect(metricIn(bytes.toString(), 'cardpress_ready', { check: 'redis' })).toBe(1);
    expect((await worker.api('/healthz')).status).toBe(200);

    await rm(broken);
    await until(async () => (await worker.api('/readyz')).status === 200, PATIENCE_MS);
  }, 300_000);
});

describe('Redis killed', () => {
  it('makes both workers unready and leaves them alive, until it is back', async () => {
    const workers = await Promise.all([start('worker'), start('deliver')]);
    const statuses = (path: string) =>
      Promise.all(workers.map(async (one) => (await one.api(path)).status));
    await redis.kill9();
    await until(async () => (await statuses('/readyz')).join() === '503,503', PATIENCE_MS);
    expect(await statuses('/healthz')).toEqual([200, 200]);
    for (const worker of workers) {
      const text = (await worker.api('/metrics')).bytes.toString();
      expect(metricIn(text, 'cardpress_ready', { check: 'redis' })).toBe(0);
      // What cannot be read is left out; 0 would say that nothing waits.
      expect(text).not.toContain('cardpress_queue_jobs{');
    }
    await redis.restart();
    await until(async () => (await statuses('/readyz')).join() === '200,200', PATIENCE_MS);
  }, 240_000);
});
