import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { type AssetServer, startAssetServer } from '../support/asset-server.js';
import { untilOver } from '../support/batch-client.js';
import { colourFields, coloursOf, shownColours } from '../support/colour-code.js';
import { insist } from '../support/fault-load.js';
import { FAULT_TIMEOUT_MS, faultCount } from '../support/fault-scale.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const ROWS = faultCount(1_000, 40);
/** Kubernetes and Docker kill what has not ended by then. */
const END_TIMEOUT_MS = 30_000;

let redis: RedisServer;
let pictures: AssetServer;
let dataDir: string;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  redis = await startRedis();
  dataDir = await mkdtemp(join(tmpdir(), 'cp-sigterm-'));
  const colour = { r: 1, g: 2, b: 3 };
  const picture = sharp({ create: { width: 40, height: 40, channels: 3, background: colour } });
  pictures = await startAssetServer(await picture.png().toBuffer());
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.signal('SIGKILL')));
});
afterAll(async () => {
  await redis?.stop();
  await pictures?.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(program: 'service' | 'worker', role: 'api' | 'all'): Promise<ServiceProcess> {
  const started = await startServiceProcess({
    program,
    env: {
      DATA_DIR: dataDir,
      REDIS_URL: `unix://${redis.socketPath}`,
      // A machine that is busy is to add no faults of its own.
      RENDER_TIMEOUT_MS: '60000',
      CARDPRESS_ROLE: role,
      EGRESS_ALLOW: pictures.allow,
    },
  });
  running.push(started);
  return started;
}

async function beginBatch(api: ServiceProcess, name: string): Promise<string> {
  const items = Array.from({ length: ROWS }, (_, i) => ({
    ref: `${name} ${i}`,
    // One of its own for each row, so that the picture server sees each row that is begun.
    data: { ...colourFields(`${name} ${i}`), photo: pictures.url(`/${name}/${i}.png`) },
  }));
  const body = { template: 'colour-code', items };
  return (await insist(api.api, '/v1/batches', { body })).json.id;
}

/** That the batch is over, and each row is there once, with the picture that is its own. */
async function expectWhole(api: ServiceProcess, id: string): Promise<void> {
  const batch = await untilOver(api.api, id, FAULT_TIMEOUT_MS);
  expect(batch).toMatchObject({ status: 'completed', total: ROWS });
  const { json } = await api.api(`/v1/batches/${id}/items?limit=1000`);
  const rows = json.items as { ref: string; image_url: string }[];
  expect(new Set(rows.map(({ ref }) => ref)).size).toBe(ROWS);
  for (const { ref, image_url: url } of rows) {
    const { bytes } = await api.api(new URL(url).pathname);
    expect(await shownColours(bytes)).toEqual(coloursOf(ref));
  }
}

const isReady = (process: ServiceProcess) =>
  process.api('/readyz').then(
    ({ status }) => status === 200,
    () => false,
  );

/** Ends well within the time that orchestrators give. */
async function expectGoodEnd(process: ServiceProcess, signalledAt: number): Promise<void> {
  expect(await process.ended).toEqual({ code: 0, signal: null });
  expect(Date.now() - signalledAt).toBeLessThan(END_TIMEOUT_MS);
}

it(
  'lets a worker finish what it has in hand, take nothing more, and another end the batch',
  async () => {
    const [api, first] = await Promise.all([start('service', 'api'), start('worker', 'all')]);
    const id = await beginBatch(api, 'worker');
    await until(() => pictures.requests >= 8, 60_000);
    pictures.hold();
    // The worker's hands are full: each row waits for its picture.
    await until(() => pictures.held >= 3, 60_000);
    const signalledAt = Date.now();
    const ended = first.signal('SIGTERM');
    // Not ready any more, although it still lives: what it has in hand is held.
    await until(async () => !(await isReady(first)), 20_000);
    expect(pictures.held).toBeGreaterThanOrEqual(3);
    expect(first.output()).not.toContain('"level":50');
    const begun = pictures.requests;
    pictures.release();
    await ended;
    await expectGoodEnd(first, signalledAt);
    expect(pictures.requests).toBe(begun);

    await start('worker', 'all');
    await expectWhole(api, id);
    // Nothing that was in hand had to be begun again.
    expect(pictures.requests).toBe(ROWS);
  },
  FAULT_TIMEOUT_MS,
);

it(
  'lets the whole service in one process end, and the next one end its batch',
  async () => {
    const before = pictures.requests;
    const first = await start('service', 'all');
    const id = await beginBatch(first, 'whole');
    await until(() => pictures.requests >= before + 8, 60_000);
    // Else a quick machine has drawn all before the signal is heard.
    pictures.hold();
    await until(() => pictures.held >= 3, 60_000);
    const signalledAt = Date.now();
    void first.signal('SIGTERM');
    await until(async () => !(await isReady(first)), 20_000);
    pictures.release();
    await expectGoodEnd(first, signalledAt);
    expect(pictures.requests).toBeLessThan(before + ROWS);

    const second = await start('service', 'all');
    await expectWhole(second, id);
  },
  FAULT_TIMEOUT_MS,
);

/** A connection that its caller keeps open, idle after one answer; whether the server closed it. */
async function keepIdle(process: ServiceProcess): Promise<{ isClosed(): boolean }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const req = request(`${process.url}/healthz`, { agent }).end();
  const [res] = await once(req, 'response');
  const { socket } = res;
  // Else the agent notices, and throws the end of an idle connection at nobody.
  socket.on('error', () => undefined);
  await once(res.resume(), 'end');
  return { isClosed: () => socket.destroyed || socket.readableEnded };
}

it.each<'all' | 'api'>(['all', 'api'])(
  'tells balancers first, answers on until they have seen it, and ends what is under way: role %s',
  async (role) => {
    const [leaving] = await Promise.all([
      start('service', role),
      ...(role === 'api' ? [start('worker', 'all')] : []),
    ]);
    pictures.hold();
    const photo = pictures.url(`/leaving/${role}.png`);
    const body = {
      template: 'colour-code',
      data: { ...colourFields(`leaving ${role}`), photo },
      wait: 30,
    };
    const underWay = leaving.api('/v1/images', { body });
    await until(() => pictures.held === 1, 60_000);
    const idle = await keepIdle(leaving);
    // As a balancer does, again and again.
    expect(await isReady(leaving)).toBe(true);
    expect(await isReady(leaving)).toBe(true);

    const signalledAt = Date.now();
    void leaving.signal('SIGTERM');
    const told = await until(async () => {
      const answer = await leaving.api('/readyz');
      return answer.status === 503 && answer;
    }, 20_000);
    expect(told.json.checks).toEqual({
      process: { ok: false, detail: expect.stringContaining('ending') },
    });
    // Who has not seen it yet is served, on a connection that is not to be used again.
    const late = await leaving.api('/v1/images', {
      body: { template: 'colour-code', data: colourFields(`late ${role}`), wait: 0 },
    });
    expect([late.status, late.headers.connection]).toEqual([202, 'close']);

    await until(() => idle.isClosed(), 20_000);
    const isAway = () => leaving.api('/readyz').then(Boolean, () => 'away');
    await until(async () => (await isAway()) === 'away', 20_000);
    expect(pictures.held).toBe(1);
    pictures.release();
    const { status, json } = await underWay;
    expect([status, json.status]).toEqual([201, 'completed']);
    await expectGoodEnd(leaving, signalledAt);
  },
  FAULT_TIMEOUT_MS,
);
