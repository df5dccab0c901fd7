import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Receiver, startReceiver } from '../integration/webhooks/receiver.js';
import { untilOver } from '../support/batch-client.js';
import { colourFields, coloursOf, shownColours } from '../support/colour-code.js';
import { FAULT_TIMEOUT_MS, faultCount } from '../support/fault-scale.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const HOUR_MS = 3_600_000;
const ROWS = faultCount(100, 10);

/**
 * Loaded before the service: its clock is off by what a file says, and jumps when that changes,
 * while `performance.now` and timers go on, as with a machine whose clock is set.
 */
const CLOCK = (file: string) => `
import { readFileSync } from 'node:fs';
const Real = Date;
let offsetMs = 0;
let lookedAt = -Infinity;
const now = () => {
  if (performance.now() - lookedAt > 20) {
    lookedAt = performance.now();
    offsetMs = Number(readFileSync(${JSON.stringify(file)}, 'utf8')) || offsetMs;
  }
  return Real.now() + offsetMs;
};
globalThis.Date = class Date extends Real {
  constructor(...given) {
    if (given.length === 0) super(now());
    else super(...given);
  }
  static now = now;
};
`;

let redis: RedisServer;
let receiver: Receiver;
let folder: string;
let service: ServiceProcess;

/** Sets the service's clock, in ms off ours, and waits until it goes by it. */
async function setClock(offsetMs: number): Promise<void> {
  await writeFile(join(folder, 'offset'), String(offsetMs));
  await until(async () => {
    const { json } = await ask(`a clock at ${offsetMs} ${performance.now()}`, 0);
    return Math.abs(Date.parse(json?.created_at) - Date.now() - offsetMs) < HOUR_MS / 2;
  }, 20_000);
}

beforeAll(async () => {
  redis = await startRedis();
  receiver = await startReceiver();
  folder = await mkdtemp(join(tmpdir(), 'cp-clock-'));
  await writeFile(join(folder, 'offset'), '1');
  await writeFile(join(folder, 'clock.mjs'), CLOCK(join(folder, 'offset')));
  service = await startServiceProcess({
    program: 'service',
    untilReady: false,
    env: {
      DATA_DIR: join(folder, 'data'),
      REDIS_URL: `unix://${redis.socketPath}`,
      NODE_OPTIONS: `--import=${join(folder, 'clock.mjs')}`,
      EGRESS_ALLOW: `127.0.0.1:${receiver.port}`,
    },
  });
  const isReady = () =>
    service.api('/readyz').then(
      ({ status }) => status === 200,
      () => false,
    );
  await until(isReady, FAULT_TIMEOUT_MS);
}, FAULT_TIMEOUT_MS);
afterAll(async () => {
  await service?.signal('SIGKILL');
  await redis?.stop();
  await receiver?.close();
  await rm(folder, { recursive: true, force: true });
});

const ask = (text: string, waitS = 30) =>
  service.api('/v1/images', {
    body: { template: 'colour-code', data: colourFields(text), wait: waitS },
  });

for (const [name, hours] of [
  ['forward', 2],
  ['back', -2],
] as const) {
  it(
    `goes on when the clock jumps two hours ${name} in the middle of the work`,
    async () => {
      await setClock(1);
      const items = Array.from({ length: ROWS }, (_, i) => ({
        ref: `${name} ${i}`,
        data: colourFields(`${name} ${i}`),
      }));
      const { status, json: begun } = await service.api('/v1/batches', {
        body: { template: 'colour-code', items, webhook_url: receiver.url },
      });
      expect(status).toBe(202);
      const earlier = receiver.received.length;
      const accepted = await ask(`${name}, accepted before`, 0);
      expect(accepted.status).toBe(202);

      await setClock(hours * HOUR_MS);
      const asked = await ask(`${name}, asked after`);
      expect([asked.status, asked.json.status]).toEqual([201, 'completed']);
      // A duration is measured and no difference of two times of day.
      expect(asked.json.timings_ms.render).toBeGreaterThanOrEqual(0);
      expect(asked.json.timings_ms.total).toBeLessThan(HOUR_MS);

      const batch = await untilOver((path, call) => service.api(path, call), begun.id);
      expect(batch).toMatchObject({ status: 'completed', total: ROWS });
      await until(() => receiver.received.length > earlier, 60_000);
      const early = await until(async () => {
        const { json } = await service.api(`/v1/images/${accepted.json.id}`);
        return json.status === 'completed' && json;
      }, 60_000);
      const { bytes } = await service.api(new URL(early.url).pathname);
      expect(await shownColours(bytes)).toEqual(coloursOf(`${name}, accepted before`));
      expect((await service.api('/readyz')).status).toBe(200);
    },
    FAULT_TIMEOUT_MS,
  );
}

it(
  'ends a signed address by the time of day',
  async () => {
    await setClock(1);
    const { json } = await service.api('/v1/urls', {
      body: { template: 'colour-code', data: colourFields('signed'), expires_in: 3_600 },
    });
    const address = new URL(json.url);
    const source = async () => {
      const { headers } = await service.api(address.pathname + address.search, { key: null });
      return headers['x-cardpress-source'];
    };
    await until(async () => (await source()) !== 'fallback', 60_000);
    await setClock(2 * HOUR_MS);
    expect(await source()).toBe('fallback');
  },
  FAULT_TIMEOUT_MS,
);
