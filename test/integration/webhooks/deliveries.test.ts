import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { until } from '../../support/until.js';
import { createDeliveryWorld, type DeliveryWorld, SECRETS } from './delivery-world.js';
import { hang, type Received, status } from './receiver.js';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await createDeliveryWorld();
});
afterEach(() => world.clear());
afterAll(() => world?.stop());

const headersOf = ({ headers }: Received) => headers as Record<string, string>;
const [NEW = '', OLD = ''] = SECRETS;
const HOUR_MS = 3_600_000;

describe('a delivery', () => {
  it('is a signed POST that Standard Webhooks verifies, with either secret', async () => {
    const receiver = await world.receiver(status(200, {}, 'thank you'));
    const { notify, settled } = await world.open();
    await notify('msg_a', `${receiver.url}?token=1`);
    const delivery = await settled('msg_a');

    const [got] = receiver.received as [Received];
    expect(got).toMatchObject({
      method: 'POST',
      url: '/hook?token=1',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Cardpress/9.9.9 (+webhooks)',
        'webhook-id': 'msg_a',
      },
    });
    const message = { type: 'image.completed', data: { id: 'msg_a', title: 'Ürgs 🎉' } };
    for (const secret of [NEW, OLD]) {
      const verified = new Webhook(secret).verify(got.body, headersOf(got));
      expect(verified).toEqual({ ...message, timestamp: delivery.createdAt });
    }
    expect(delivery).toMatchObject({
      status: 'delivered',
      attemptCount: 1,
      attempts: [{ status: 200, answer: 'thank you' }],
    });
    expect(delivery.nextAttemptAt).toBeUndefined();
    expect(Date.parse(delivery.settledAt ?? '')).not.toBeNaN();
  });

  it('does not verify once its body was changed, or when it is old', async () => {
    const receiver = await world.receiver();
    const { notify, settled } = await world.open();
    await notify('msg_a', receiver.url);
    await settled('msg_a');
    const [got] = receiver.received as [Received];
    const tampered = got.body.toString().replace('🎉', '🎊');
    expect(() => new Webhook(NEW).verify(tampered, headersOf(got))).toThrow('No matching');
    const stale = { ...headersOf(got), 'webhook-timestamp': String(Date.now() / 1_000 - 600) };
    expect(() => new Webhook(NEW).verify(got.body, stale)).toThrow('too old');
  });

  it('has one id and the same bytes in every attempt, and a fresh time', async () => {
    const receiver = await world.receiver((_got, res, count) => {
      res.writeHead(count < 4 ? 500 : 204).end(`no ${count}`);
    });
    const { notify, settled, clock } = await world.open();
    receiver.answerWith((_got, res, count) => {
      clock.aheadMs = count * 5_000;
      res.writeHead(count < 4 ? 500 : 200).end(`no ${count}`);
    });
    await notify('msg_a', receiver.url);
    const delivery = await settled('msg_a');

    expect(receiver.received).toHaveLength(4);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const [first] = receiver.received as [Received];
    for (const got of receiver.received) {
      expect(got.body.equals(first.body)).toBe(true);
      expect(() => new Webhook(OLD).verify(got.body, headersOf(got))).not.toThrow();
    }
    const times = receiver.received.map(({ headers }) => headers['webhook-timestamp']);
    expect(new Set(times).size).toBe(4);
    expect(delivery).toMatchObject({ status: 'delivered', attemptCount: 4 });
    expect(delivery.attempts.map((attempt) => [attempt.status, attempt.answer])).toEqual([
      [500, 'no 1'],
      [500, 'no 2'],
      [500, 'no 3'],
      [200, 'no 4'],
    ]);
  });

  it('fails after the last retry, and stays listed with every attempt', async () => {
    const receiver = await world.receiver(status(500, {}, 'x'.repeat(5_000)));
    const { notify, settled, webhooks } = await world.open();
    await notify('msg_a', receiver.url);
    const delivery = await settled('msg_a', 'failed');
    expect(receiver.received).toHaveLength(4);
    expect(delivery.attempts).toHaveLength(4);
    expect(delivery.attempts[3]).toMatchObject({ status: 500, answer: 'x'.repeat(1_000) });
    const { endpoint } = await webhooks.get('msg_a');
    expect(endpoint).toEqual({ failingSince: delivery.attempts[0]?.at });
    const { deliveries } = await webhooks.list({ status: 'failed', limit: 10 });
    expect(deliveries.map(({ id, attemptCount }) => [id, attemptCount])).toEqual([['msg_a', 4]]);
  });

  it('is accepted once, however often it is announced', async () => {
    const receiver = await world.receiver();
    const { notify, settled } = await world.open();
    await Promise.all(Array.from({ length: 30 }, (_, n) => notify('msg_a', receiver.url, { n })));
    const delivery = await settled('msg_a');
    const again = await notify('msg_a', 'https://elsewhere.test/', { n: 99 });
    expect(again).toEqual(delivery);
    await notify('msg_b', receiver.url);
    await settled('msg_b');
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual(['msg_a', 'msg_b']);
  });

  it.each([301, 302, 303, 307, 308])('fails on %i, which is not followed', async (code) => {
    const target = await world.receiver();
    const receiver = await world.receiver(status(code, { location: target.url }));
    const { notify, settled } = await world.open({ delaysMs: [] });
    await notify('msg_a', receiver.url);
    const delivery = await settled('msg_a');
    expect(delivery).toMatchObject({ status: 'failed', attempts: [{ status: code }] });
    expect(target.received).toEqual([]);
  });

  it('fails on a receiver that takes too long, and says what to do', async () => {
    const receiver = await world.receiver(hang);
    const { notify, settled } = await world.open({ delaysMs: [], attempt: { timeoutMs: 100 } });
    await notify('msg_a', receiver.url);
    const { attempts } = await settled('msg_a', 'failed');
    expect(attempts).toMatchObject([
      { error: { code: 'timeout', message: expect.stringContaining('Answer first') }, answer: '' },
    ]);
    expect(attempts[0]?.status).toBeUndefined();
  });

  it('fails on a receiver that is not there', async () => {
    const receiver = await world.receiver();
    const { notify, settled } = await world.open({ delaysMs: [] });
    await receiver.close();
    await notify('msg_a', receiver.url);
    expect(await settled('msg_a', 'failed')).toMatchObject({
      attempts: [{ error: { code: 'unreachable', message: expect.stringContaining('REFUSED') } }],
    });
  });
});

describe('Retry-After', () => {
  it.each([429, 503])('is waited for after %i', async (code) => {
    const receiver = await world.receiver((_got, res, count) => {
      if (count === 1) res.writeHead(code, { 'retry-after': '1' }).end();
      else res.writeHead(204).end();
    });
    const { notify, settled } = await world.open();
    await notify('msg_a', receiver.url);
    await settled('msg_a', 'delivered');
    const [first, second] = receiver.received as [Received, Received];
    // A lower bound only: that it is not sooner is the promise.
    expect(second.atMs - first.atMs).toBeGreaterThanOrEqual(990);
  });

  it('stands in the record as the time of the next attempt', async () => {
    const receiver = await world.receiver(status(503, { 'retry-after': '7200' }));
    const { notify, records } = await world.open();
    await notify('msg_a', receiver.url);
    const delivery = await until(async () => {
      const found = await records.get('msg_a');
      return found?.attemptCount === 1 ? found : undefined;
    });
    const waitMs = Date.parse(delivery.nextAttemptAt ?? '') - Date.parse(delivery.createdAt);
    expect(waitMs).toBeGreaterThanOrEqual(2 * HOUR_MS);
    expect(delivery.status).toBe('pending');
  });
});

describe('an endpoint', () => {
  it('is disabled by 410: nothing more is sent, and everybody is told', async () => {
    const receiver = await world.receiver(status(410));
    const { notify, settled, webhooks, disabled } = await world.open();
    await notify('msg_a', receiver.url);
    expect(await settled('msg_a')).toMatchObject({
      status: 'disabled',
      disabledReason: 'gone',
      attempts: [{ status: 410 }],
    });
    expect(disabled).toEqual(['gone']);
    // Another query is the same endpoint; another path is not.
    expect(await notify('msg_b', `${receiver.url}?b`)).toMatchObject({
      status: 'disabled',
      disabledReason: 'gone',
      attempts: [],
    });
    const other = receiver.url.replace('/hook', '/other');
    expect(await notify('msg_c', other)).toMatchObject({ status: 'pending' });
    await settled('msg_c');
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([
      'msg_a',
      'msg_c',
    ]);
    expect((await webhooks.get('msg_b')).endpoint).toMatchObject({ disabledReason: 'gone' });
  });

  it('takes what was waiting for it along when it is disabled', async () => {
    const receiver = await world.receiver((got, res) => {
      res.writeHead(got.headers['webhook-id'] === 'msg_gone' ? 410 : 500).end();
    });
    const { notify, settled, records } = await world.open({ delaysMs: [300, 300] });
    await notify('msg_a', receiver.url);
    await until(async () => (await records.get('msg_a'))?.attemptCount === 1);
    await notify('msg_gone', receiver.url);
    expect(await settled('msg_a')).toMatchObject({ status: 'disabled', attemptCount: 1 });
  });

  it('is disabled when it fails for five days, not before', async () => {
    const receiver = await world.receiver(status(500));
    const { notify, settled, clock, disabled, webhooks } = await world.open({ delaysMs: [] });
    await notify('msg_a', receiver.url);
    const { attempts } = await settled('msg_a', 'failed');
    clock.aheadMs = 5 * 24 * HOUR_MS - 60_000;
    await notify('msg_b', receiver.url);
    await settled('msg_b', 'failed');
    expect(disabled).toEqual([]);
    clock.aheadMs = 5 * 24 * HOUR_MS + 1_000;
    await notify('msg_c', receiver.url);
    expect(await settled('msg_c')).toMatchObject({ status: 'disabled', disabledReason: 'failing' });
    expect(disabled).toEqual(['failing']);
    expect((await webhooks.get('msg_c')).endpoint).toMatchObject({
      failingSince: attempts[0]?.at,
      disabledReason: 'failing',
    });
    expect(await notify('msg_d', receiver.url)).toMatchObject({ status: 'disabled' });
    expect(receiver.received).toHaveLength(3);
  });

  it('starts its five days anew with every success', async () => {
    const receiver = await world.receiver(status(500));
    const { notify, settled, clock, disabled } = await world.open({ delaysMs: [] });
    await notify('msg_a', receiver.url);
    await settled('msg_a', 'failed');
    clock.aheadMs = 4 * 24 * HOUR_MS;
    receiver.answerWith(status(204));
    await notify('msg_b', receiver.url);
    await settled('msg_b', 'delivered');
    receiver.answerWith(status(500));
    clock.aheadMs = 8 * 24 * HOUR_MS;
    await notify('msg_c', receiver.url);
    await settled('msg_c', 'failed');
    clock.aheadMs = 12 * 24 * HOUR_MS;
    await notify('msg_d', receiver.url);
    await settled('msg_d', 'failed');
    expect(disabled).toEqual([]);
  });
});

describe('a replay', () => {
  it('sends the same id and bytes again, with a schedule of its own', async () => {
    const receiver = await world.receiver(status(500));
    const { notify, settled, webhooks } = await world.open();
    await notify('msg_a', receiver.url);
    await settled('msg_a', 'failed');
    receiver.answerWith((_got, res, count) => void res.writeHead(count < 7 ? 500 : 204).end());
    const { delivery } = await webhooks.replay('msg_a');
    expect(delivery).toMatchObject({ status: 'pending', round: 2, tries: 0 });
    expect(await settled('msg_a')).toMatchObject({ status: 'delivered', attemptCount: 7 });
    const bodies = receiver.received.map(({ body }) => body.toString());
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect([new Set(bodies).size, new Set(ids).size, ids.length]).toEqual([1, 1, 7]);
  });

  it('sends what was delivered once more, and what waits at once', async () => {
    const receiver = await world.receiver();
    const { notify, settled, webhooks } = await world.open({ delaysMs: [HOUR_MS, HOUR_MS] });
    await notify('msg_a', receiver.url);
    await settled('msg_a', 'delivered');
    await webhooks.replay('msg_a');
    await until(() => receiver.received.length === 2);
    receiver.answerWith(status(500));
    await notify('msg_b', receiver.url);
    await until(async () => (await webhooks.get('msg_b')).delivery.attemptCount === 1);
    receiver.answerWith(status(204));
    await webhooks.replay('msg_b');
    expect(await settled('msg_b', 'delivered')).toMatchObject({ attemptCount: 2 });
  });

  it('enables a disabled endpoint when it succeeds; one that fails changes nothing', async () => {
    const receiver = await world.receiver(status(410));
    const { notify, settled, webhooks } = await world.open();
    await notify('msg_a', receiver.url);
    await settled('msg_a', 'disabled');
    receiver.answerWith(status(500));
    await webhooks.replay('msg_a');
    expect(await settled('msg_a')).toMatchObject({ status: 'disabled', attemptCount: 2 });
    expect(await notify('msg_b', receiver.url)).toMatchObject({ status: 'disabled' });

    receiver.answerWith(status(204));
    await webhooks.replay('msg_a');
    await settled('msg_a', 'delivered');
    expect((await webhooks.get('msg_a')).endpoint).toEqual({});
    await notify('msg_c', receiver.url);
    await settled('msg_c', 'delivered');
    expect((await webhooks.get('msg_b')).delivery.status).toBe('disabled');
  });

  it.each(['msg_unknown', 'no.id', ''])('of "%s" is not found', async (id) => {
    const { webhooks } = await world.open({ worker: false });
    const missing = { code: 'delivery_not_found' };
    await expect(webhooks.replay(id)).rejects.toMatchObject(missing);
    await expect(webhooks.get(id)).rejects.toMatchObject(missing);
  });
});
