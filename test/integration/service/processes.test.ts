import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { type AssetServer, startAssetServer } from '../../support/asset-server.js';
import { colourFields, coloursOf, readPixels, shownColours } from '../../support/colour-code.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { SERVICE_KEY } from '../../support/service-environment.js';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.js';
import { until } from '../../support/until.js';

let redis: RedisServer;
let pictures: AssetServer;
let dataDir: string;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  const red = sharp({ create: { width: 40, height: 40, channels: 3, background: '#ff0000' } });
  pictures = await startAssetServer(await red.png().toBuffer());
  redis = await startRedis();
  dataDir = await mkdtemp(join(tmpdir(), 'cp-processes-'));
});
afterEach(async () => {
  pictures.release();
  await Promise.all(running.splice(0).map((one) => one.signal('SIGKILL')));
});
afterAll(async () => {
  await redis?.stop();
  await pictures?.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(
  program: 'service' | 'worker',
  env: Record<string, string> = {},
): Promise<ServiceProcess> {
  const started = await startServiceProcess({
    program,
    env: {
      DATA_DIR: dataDir,
      REDIS_URL: `unix://${redis.socketPath}`,
      EGRESS_ALLOW: pictures.allow,
      ...env,
    },
  });
  running.push(started);
  return started;
}

const bodyOf = (text: string, more: Record<string, unknown> = {}) => ({
  template: 'colour-code',
  data: { ...colourFields(text), photo: pictures.url(`/${encodeURIComponent(text)}.png`) },
  wait: 30,
  ...more,
});
const create = (service: ServiceProcess, text: string, more?: Record<string, unknown>) =>
  service.api('/v1/images', { body: bodyOf(text, more) });

async function expectCompleted(service: ServiceProcess, id: string, text: string): Promise<void> {
  const image = await until(async () => {
    const { json } = await service.api(`/v1/images/${id}`);
    return json.status === 'completed' && json;
  }, 60_000);
  // The address was made by an API that may be gone by now; its path is the same on every one.
  const { bytes } = await service.api(new URL(image.url).pathname);
  expect(await shownColours(bytes)).toEqual(coloursOf(text));
  expect((await readPixels(bytes)).at(280, 80)).toBe('#ff0000');
}

/** The process id of the embedded Redis whose files are below `directory`. */
async function redisPid(directory: string): Promise<number> {
  // As redis-server calls itself in the list of processes: by its socket below the data folder.
  const title = `redis-server unixsocket:${directory}/`;
  const { stdout } = await promisify(execFile)('pgrep', ['-f', title]);
  return Number(stdout.trim());
}

/** Asks over a connection that is kept alive, as proxies and clients do. */
function createKeptAlive(service: ServiceProcess, text: string): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  return new Promise((resolve, reject) => {
    const req = request(`${service.url}/v1/images`, {
      method: 'POST',
      agent,
      headers: { authorization: `Bearer ${SERVICE_KEY}`, 'content-type': 'application/json' },
    });
    req.on('error', reject);
    req.on('response', (res) => {
      res.resume();
      res.on('end', () => resolve(res.statusCode ?? 0));
    });
    req.end(JSON.stringify(bodyOf(text)));
  });
}

describe('SIGTERM while pictures are drawn', () => {
  it('finishes what is in hand, answers who waits, and exits with 0', async () => {
    const whole = await start('service');
    pictures.hold();
    const waiting = createKeptAlive(whole, 'in hand');
    const later = await create(whole, 'later', { wait: 0 });
    await until(() => pictures.held === 2, 30_000);
    const wholeEnded = whole.signal('SIGTERM');
    await until(() =>
      whole.api('/healthz').then(
        () => false,
        () => true,
      ),
    );
    pictures.release();
    expect(await waiting).toBe(201);
    expect(await wholeEnded).toEqual({ code: 0, signal: null });

    // The same of a worker that stands alone, and both as an API that comes later sees them.
    const [api, worker] = await Promise.all([
      start('service', { CARDPRESS_ROLE: 'api' }),
      start('worker'),
    ]);
    expect((await create(api, 'in hand')).json.reused).toBe(true);
    expect((await api.api(`/v1/images/${later.json.id}`)).json.status).toBe('completed');
    pictures.hold();
    const { json } = await create(api, 'kept', { wait: 0 });
    await until(() => pictures.held === 1, 30_000);
    const workerEnded = worker.signal('SIGTERM');
    await until(() => worker.output().includes('"stopping"'), 30_000);
    pictures.release();
    expect(await workerEnded).toEqual({ code: 0, signal: null });
    expect((await api.api(`/v1/images/${json.id}`)).json.status).toBe('completed');
  }, 180_000);
});

describe('SIGKILL while pictures are drawn', () => {
  it('of a worker and of the API: others take over, and every accepted image is completed', async () => {
    const [api, worker] = await Promise.all([
      start('service', { CARDPRESS_ROLE: 'api' }),
      start('worker'),
    ]);
    pictures.hold();
    const texts = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8'];
    const accepted = await Promise.all(texts.map((text) => create(api, text, { wait: 0 })));
    await until(() => pictures.held >= 4, 30_000);
    await worker.signal('SIGKILL');
    const orphan = await create(api, 'orphan', { wait: 0 });
    await api.signal('SIGKILL');
    pictures.release();
    const [next] = await Promise.all([
      start('service', { CARDPRESS_ROLE: 'api' }),
      start('worker'),
    ]);
    for (const [i, { json }] of accepted.entries()) {
      await expectCompleted(next, json.id, texts[i] ?? '');
    }
    await expectCompleted(next, orphan.json.id, 'orphan');
  }, 180_000);
});

describe('the whole service in one process, with a Redis of its own', () => {
  it('keeps images over SIGTERM and over SIGKILL, and mends its Redis when that dies', async () => {
    const own = await mkdtemp(join(tmpdir(), 'cp-embedded-'));
    const env = { REDIS_URL: '', DATA_DIR: own };
    try {
      const first = await start('service', env);
      const { json } = await create(first, 'embedded');
      expect(await first.signal('SIGTERM')).toEqual({ code: 0, signal: null });

      const second = await start('service', env);
      expect((await second.api(`/v1/images/${json.id}`)).json.status).toBe('completed');
      const other = await create(second, 'embedded too');
      await second.signal('SIGKILL');

      // The Redis of the killed one is still there, and is taken over.
      const left = await redisPid(own);
      const third = await start('service', env);
      expect(await redisPid(own)).toBe(left);
      expect((await third.api(`/v1/images/${other.json.id}`)).json.status).toBe('completed');
      process.kill(left, 'SIGKILL');
      await until(async () => {
        const found = await redisPid(own).catch(() => undefined);
        return found !== undefined && found !== left;
      }, 30_000);
      await until(async () => (await third.api('/v1/images')).status === 200, 30_000);
      expect((await third.api(`/v1/images/${other.json.id}`)).json.status).toBe('completed');
      const last = await redisPid(own);
      expect(await third.signal('SIGTERM')).toEqual({ code: 0, signal: null });
      expect(() => process.kill(last, 0)).toThrow();
    } finally {
      await rm(own, { recursive: true, force: true, maxRetries: 5 });
    }
  }, 120_000);
});

describe('a start that cannot be', () => {
  it('lists every wrong setting, and exits with 1', async () => {
    const broken = await startServiceProcess({
      program: 'service',
      env: {
        DATA_DIR: dataDir,
        API_KEY: 'short',
        RENDER_CONCURRENCY: 'many',
        REDIS_URL: 'nowhere',
        LOG_LEVEL: 'info',
      },
      untilReady: false,
    });
    expect(await broken.ended).toEqual({ code: 1, signal: null });
    expect(broken.output()).toMatch(/API_KEY: expected at least 16 characters/);
    expect(broken.output()).toMatch(/REDIS_URL: expected redis:/);
    expect(broken.output()).toMatch(/RENDER_CONCURRENCY: expected a whole number from 1 to 64/);
    expect(broken.output()).not.toContain('    at ');
  });

  it('says what a worker needs', async () => {
    const broken = await startServiceProcess({
      program: 'worker',
      env: { DATA_DIR: dataDir },
      untilReady: false,
    });
    expect((await broken.ended).code).toBe(1);
    expect(broken.output()).toContain('REDIS_URL: expected the address of the Redis');
  });
});

describe('what the processes write', () => {
  it('holds nothing of the data', async () => {
    const service = await start('service', { LOG_LEVEL: 'trace' });
    const canary = 'canary9b27d4';
    const { status } = await create(service, 'log', {
      data: { ...colourFields('log'), note: canary, photo: `http://${canary}.invalid/x.png` },
    });
    expect(status).toBe(201);
    await create(service, 'log', { data: { ...colourFields('log'), [canary]: canary } });
    await service.signal('SIGTERM');
    expect(service.output()).toContain('"/v1/images"');
    expect(service.output()).not.toContain(canary);
    expect(service.output()).not.toContain(SERVICE_KEY);
  }, 60_000);
});
