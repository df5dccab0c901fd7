import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmbeddedRedis } from '../../src/records/embedded-redis.js';
import { connectForRequests, untilReady } from '../../src/records/redis-connections.js';
import {
  type NotifiedService,
  startNotifiedService,
  verified,
} from '../integration/webhooks/told-service.js';
import { untilOver } from '../support/batch-client.js';
import { colourFields, coloursOf, shownColours } from '../support/colour-code.js';
import { FAULT_TIMEOUT_MS, faultCount } from '../support/fault-scale.js';
import { until } from '../support/until.js';

const KILLS = faultCount(20, 2);
const ROWS = faultCount(400, 30);
/** Images that are asked for between two kills, at least. */
const IMAGES_PER_KILL = 4;

let told: NotifiedService;

beforeAll(async () => {
  told = await startNotifiedService();
}, FAULT_TIMEOUT_MS);
afterAll(() => told?.stop());

const refOf = (row: number) => `killed row ${row}`;

/** Asks for one image after the other until told to stop; what was promised, by the image's id. */
function keepAsking() {
  const promised = new Map<string, string>();
  const refusals: { status: number; retryAfter: number }[] = [];
  let isOver = false;
  const ended = (async () => {
    for (let n = 0; !isOver; n += 1) {
      const text = `killed image ${n}`;
      const { status, json, headers } = await told.service.api('/v1/images', {
        body: { template: 'colour-code', data: colourFields(text), wait: 1 },
      });
      if (status === 201 || status === 202) promised.set(json.id, text);
      else refusals.push({ status, retryAfter: Number(headers['retry-after']) });
    }
  })();
  return {
    promised,
    refusals,
    async stop() {
      isOver = true;
      await ended;
    },
  };
}

it(
  `keeps images, a batch and messages over ${KILLS} kills of Redis`,
  async () => {
    const { service, receiver } = told;
    const items = Array.from({ length: ROWS }, (_, i) => ({
      ref: refOf(i),
      data: colourFields(refOf(i)),
    }));
    const begun = await service.api('/v1/batches', {
      body: { template: 'colour-code', items, webhook_url: receiver.url, item_webhooks: true },
    });
    expect(begun.status).toBe(202);
    const asking = keepAsking();

    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = asking.promised.size;
      await until(() => asking.promised.size >= before + IMAGES_PER_KILL, 60_000);
      await service.redis.kill9();
      await service.redis.restart();
    }
    await asking.stop();
    for (const refusal of asking.refusals) {
      expect(refusal.status).toBe(503);
      expect(refusal.retryAfter).toBeGreaterThan(0);
    }

    for (const [id, text] of asking.promised) {
      const image = await until(async () => {
        const { json } = await service.api(`/v1/images/${id}`);
        return ['completed', 'failed'].includes(json.status) && json;
      }, 90_000);
      expect([text, image.status]).toEqual([text, 'completed']);
      expect(await shownColours((await service.api(image.url)).bytes)).toEqual(coloursOf(text));
    }

    const batch = await untilOver((path, call) => service.api(path, call), begun.json.id);
    expect(batch).toMatchObject({ status: 'completed', total: ROWS, run: 1 });
    const { json: listed } = await service.api(`/v1/batches/${batch.id}/items?limit=1000`);
    for (const row of listed.items) {
      const { bytes } = await service.api(row.image_url);
      expect(await shownColours(bytes)).toEqual(coloursOf(row.ref));
    }

    // A message may come twice, and has the same id then.
    const messages = () =>
      new Map(receiver.received.map((one) => [String(one.headers['webhook-id']), verified(one)]));
    await until(() => messages().size >= ROWS + 1, 90_000);
    const all = [...messages().values()];
    expect(all.filter(({ type }) => type === 'batch.completed').length).toBe(1);
    const refs = all.filter(({ type }) => type === 'image.completed').map(({ data }) => data.ref);
    expect(refs.sort()).toEqual(items.map(({ ref }) => ref).sort());
  },
  FAULT_TIMEOUT_MS,
);

describe('the embedded Redis', () => {
  it(
    'has every write that it answered after kills, and starts again by itself',
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'cp-embedded-'));
      const binary = process.env.CARDPRESS_REDIS_SERVER ?? 'redis-server';
      const embedded = await startEmbeddedRedis({ binary, directory });
      const redis = connectForRequests(embedded.url);
      try {
        await untilReady(redis, 10_000);
        let answered = 0;
        for (let kill = 0; kill < faultCount(20, 3); kill += 1) {
          const pid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
          const dead = new Promise((resolve) => redis.once('close', resolve));
          const writing = (async () => {
            for (;;) {
              const number = answered + 1;
              await redis.set('number', number);
              answered = number;
            }
          })().catch(() => undefined);
          const from = answered;
          await until(() => answered > from + 50);
          process.kill(pid, 'SIGKILL');
          await Promise.all([writing, dead]);
          await untilReady(redis, 20_000);
          // One more may have been written whose answer did not come.
          expect(Number(await redis.get('number')) - answered).toBeGreaterThanOrEqual(0);
          expect(Number(await redis.get('number')) - answered).toBeLessThanOrEqual(1);
          answered = Number(await redis.get('number'));
        }
        // An answer that is in Redis's memory alone, as with `everysec`, can be lost.
        expect(await redis.config('GET', 'appendfsync')).toEqual(['appendfsync', 'always']);
      } finally {
        redis.disconnect();
        await embedded.stop();
        await rm(directory, { recursive: true, force: true });
      }
    },
    FAULT_TIMEOUT_MS,
  );
});
