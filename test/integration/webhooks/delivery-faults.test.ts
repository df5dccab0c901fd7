import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DELIVERY_QUEUE } from '../../../src/queue/delivery-jobs.js';
import { connectForWork } from '../../../src/records/redis-connections.js';
import type { AttemptDelivery } from '../../../src/webhooks/attempt-delivery.js';
import { reconcileDeliveries } from '../../../src/webhooks/reconcile-deliveries.js';
import { bullQueue } from '../../support/bull-queue.js';
import { until } from '../../support/until.js';
import { createDeliveryWorld, type DeliveryWorld } from './delivery-world.js';
import { hang, status } from './receiver.js';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await createDeliveryWorld();
});
afterEach(() => world.clear());
afterAll(() => world?.stop());

const HOUR_MS = 3_600_000;
const idle = () =>
  until(async () => {
    const { waiting, delayed, active } = await world.queue.counts();
    return waiting + delayed + active === 0;
  }, 20_000);

describe('a receiver that hangs', () => {
  it("gets its share of a worker; another one's messages pass by, all of them", async () => {
    const slow = await world.receiver(hang);
    const quick = await world.receiver();
    const { notify, settled, records } = await world.open();
    const ids = (name: string, n: number) => Array.from({ length: n }, (_, i) => `${name}_${i}`);
    for (const id of ids('slow', 80)) await notify(id, slow.url);
    await until(() => slow.received.length === 4);
    for (const id of ids('quick', 20)) await notify(id, quick.url);
    for (const id of ids('quick', 20)) await settled(id, 'delivered');

    // Its first four are still in hand, 76 wait: nothing of it came to an end before.
    expect(slow.mostOpen()).toBe(4);
    expect(slow.received).toHaveLength(4);
    const { deliveries } = await records.list({ status: 'pending', limit: 100 });
    expect(deliveries.map(({ attemptCount }) => attemptCount)).toEqual(Array(80).fill(0));
    expect(quick.received).toHaveLength(20);
  });

  it('gets all of its messages, a few at a time, once it answers', async () => {
    const receiver = await world.receiver((_got, res) => void setImmediate(() => res.end()));
    const { notify, settled } = await world.open();
    const ids = Array.from({ length: 60 }, (_, i) => `msg_${i}`);
    await Promise.all(ids.map((id) => notify(id, receiver.url)));
    await Promise.all(ids.map((id) => settled(id, 'delivered')));
    expect(receiver.received).toHaveLength(60);
    expect(receiver.mostOpen()).toBeLessThanOrEqual(4);
  });
});

describe('a worker that dies', () => {
  const LOCK = { lockDurationMs: 400, stalledIntervalMs: 200 };

  it('in the middle of an attempt loses nothing: another makes it', async () => {
    const receiver = await world.receiver(hang);
    const first = await world.open({ worker: false });
    // Its connection is cut, and it never hears of it: for Redis the process is dead.
    const { redis } = first.startWorker(LOCK);
    const ids = ['msg_a', 'msg_b', 'msg_c'];
    for (const id of ids) await first.notify(id, receiver.url);
    await until(() => receiver.received.length === 3);
    redis.disconnect();

    receiver.answerWith(status(204));
    const second = await world.open({ worker: LOCK });
    for (const id of ids) {
      expect(await second.settled(id, 'delivered')).toMatchObject({ attemptCount: 1, tries: 1 });
    }
    expect(receiver.received).toHaveLength(6);
  });

  it('between record and queue does not try again too soon', async () => {
    const receiver = await world.receiver(status(500));
    const { notify, attempt, records, startWorker } = await world.open({
      delaysMs: [HOUR_MS],
      worker: false,
    });
    await notify('msg_a', receiver.url);
    let recorded = false;
    const dies: AttemptDelivery = async (ticket, signal) => {
      await attempt(ticket, signal);
      recorded = true;
      return new Promise(() => undefined);
    };
    const { redis } = startWorker({ ...LOCK, attempt: dies });
    await until(() => recorded);
    redis.disconnect();

    startWorker(LOCK);
    await until(async () => (await world.queue.counts()).delayed === 1, 20_000);
    expect(await records.get('msg_a')).toMatchObject({ status: 'pending', attemptCount: 1 });
    expect(receiver.received).toHaveLength(1);
  });

  it('is waited for when it closes, and gives back what takes too long', async () => {
    const receiver = await world.receiver(hang);
    const { notify, startWorker, settled, records } = await world.open({ worker: false });
    await notify('msg_a', receiver.url);
    const { worker } = startWorker();
    await until(() => receiver.received.length === 1);
    await worker.close(50);
    expect(await records.get('msg_a')).toMatchObject({ status: 'pending', attemptCount: 0 });
    receiver.answerWith(status(204));
    startWorker();
    expect(await settled('msg_a', 'delivered')).toMatchObject({ attemptCount: 1 });
  });
});

describe('an asker that dies', () => {
  it('between record and queue is made good by whoever looks, once', async () => {
    const receiver = await world.receiver();
    const { notify, records, settled } = await world.open();
    await notify('msg_a', receiver.url);
    await settled('msg_a');
    await idle();
    const { endpoint, receiver: host } = await until(() => records.get('msg_a'));
    await records.add({
      id: 'msg_lost',
      url: receiver.url,
      endpoint,
      receiver: host,
      type: 'image.failed',
      payload: '{}',
      createdAt: new Date().toISOString(),
    });
    const deps = { records, queue: world.queue };
    // It may be on its way: only what is old enough is looked at.
    expect(await reconcileDeliveries(deps)).toBe(0);
    expect(await reconcileDeliveries(deps, -1_000)).toBe(1);
    await settled('msg_lost', 'delivered');
    expect(await reconcileDeliveries(deps, -1_000)).toBe(0);
    expect(receiver.received).toHaveLength(2);
  });

  it('is no reason to queue again what has a job, or what waits for its time', async () => {
    const slow = await world.receiver(hang);
    const down = await world.receiver(status(500));
    const { notify, records } = await world.open({ delaysMs: [HOUR_MS] });
    await notify('msg_slow', slow.url);
    await notify('msg_down', down.url);
    await until(async () => (await records.get('msg_down'))?.attemptCount === 1);
    await until(() => slow.received.length === 1);
    expect(await reconcileDeliveries({ records, queue: world.queue }, -1_000)).toBe(0);
    const later = { records, queue: world.queue, now: () => new Date(Date.now() + 2 * HOUR_MS) };
    expect(await reconcileDeliveries(later)).toBe(0);
  });

  it('may ask again under the same id: then the message is queued', async () => {
    const receiver = await world.receiver();
    const { notify, records, settled } = await world.open({ worker: false });
    await notify('msg_a', receiver.url);
    await bullQueue(world.server, DELIVERY_QUEUE).remove('msg_a.1');
    await notify('msg_a', receiver.url);
    expect(await records.get('msg_a')).toMatchObject({ status: 'pending', attemptCount: 0 });
    const other = await world.open();
    await other.settled('msg_a', 'delivered');
    expect((await settled('msg_a')).attemptCount).toBe(1);
  });
});

describe('Redis', () => {
  it('has every pending delivery after it was killed and started again', async () => {
    const receiver = await world.receiver();
    const { notify, startWorker, settled } = await world.open({ worker: false });
    const ids = Array.from({ length: 20 }, (_, i) => `msg_${i}`);
    for (const id of ids) await notify(id, receiver.url);
    await world.server.kill9();
    await expect(notify('msg_x', receiver.url)).rejects.toMatchObject({
      code: 'redis_unavailable',
    });
    await world.server.restart();
    await until(() => world.requests.status === 'ready', 20_000);
    startWorker({}, connectForWork(world.redisUrl));
    for (const id of ids) await settled(id, 'delivered');
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(20);
  });
});

describe('a fault of ours', () => {
  it('puts the delivery back instead of losing it', async () => {
    const receiver = await world.receiver();
    const errors: string[] = [];
    const { notify, attempt, startWorker, records } = await world.open({ worker: false });
    await notify('msg_a', receiver.url);
    let faults = 1;
    startWorker({
      attempt: (ticket, signal) => {
        faults -= 1;
        if (faults >= 0) throw new TypeError('a mistake');
        return attempt(ticket, signal);
      },
      onError: ({ message }) => errors.push(message),
    });
    await until(async () => (await world.queue.counts()).delayed === 1);
    expect(errors).toEqual(['a mistake']);
    await bullQueue(world.server, DELIVERY_QUEUE)
      .getJob('msg_a.1')
      .then((job) => job?.promote());
    await until(async () => (await records.get('msg_a'))?.status === 'delivered');
  });
});
