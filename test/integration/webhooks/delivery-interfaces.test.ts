import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { deliveriesCommand } from '../../../src/cli/deliveries-command.js';
import { deliveryRoutes } from '../../../src/http/routes/delivery-routes.js';
import { until } from '../../support/until.js';
import { KEY, startTestApp, type TestApp } from '../../unit/http/test-app.js';
import { callCli } from '../cli/call-cli.js';
import { createDeliveryWorld, type DeliveryWorld } from './delivery-world.js';
import { status } from './receiver.js';

let world: DeliveryWorld;
let app: TestApp | undefined;
beforeAll(async () => {
  world = await createDeliveryWorld();
});
afterEach(async () => {
  await app?.close();
  app = undefined;
  await world.clear();
});
afterAll(() => world?.stop());

async function openApi() {
  const opened = await world.open();
  app = await startTestApp({ endpoints: deliveryRoutes({ webhooks: opened.webhooks }) });
  const { url } = app;
  const ask = async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${KEY}` };
    const answer = await fetch(url + path, { headers, ...init });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return { ...opened, url, ask };
}

describe('over HTTP', () => {
  it('deliveries are listed by status, in pages', async () => {
    const receiver = await world.receiver();
    const { ask, notify, settled } = await openApi();
    for (const id of ['msg_a', 'msg_b', 'msg_c']) {
      await notify(id, receiver.url);
      await settled(id, 'delivered');
    }
    const first = await ask('/v1/deliveries?status=delivered&limit=2');
    const items = first.body.items as Record<string, unknown>[];
    expect(items.map(({ id }) => id)).toEqual(['msg_c', 'msg_b']);
    expect(items[0]).toEqual({
      id: 'msg_c',
      type: 'image.completed',
      url: receiver.url,
      status: 'delivered',
      attempt_count: 1,
      last_attempt: {
        at: expect.any(String),
        duration_ms: expect.any(Number),
        status: 204,
        error: null,
        answer: '',
      },
      next_attempt_at: null,
      created_at: expect.any(String),
      settled_at: expect.any(String),
      disabled_reason: null,
    });
    const cursor = encodeURIComponent(String(first.body.next_cursor));
    expect(await ask(`/v1/deliveries?status=delivered&limit=2&cursor=${cursor}`)).toMatchObject({
      body: { items: [{ id: 'msg_a' }], next_cursor: null },
    });
    expect(await ask('/v1/deliveries?status=failed')).toMatchObject({ body: { items: [] } });
  });

  it('one tells its message, its attempts, and that its endpoint is disabled; a replay mends it', async () => {
    const receiver = await world.receiver(status(410, {}, 'no more'));
    const { ask, notify, settled } = await openApi();
    await notify('msg_a', `${receiver.url}?token=1`, { n: 1 });
    await settled('msg_a');
    expect(await ask('/v1/deliveries/msg_a')).toMatchObject({
      status: 200,
      body: {
        status: 'disabled',
        disabled_reason: 'gone',
        attempts: [{ status: 410, answer: 'no more', error: null }],
        message: { type: 'image.completed', data: { n: 1 } },
        endpoint: { url: receiver.url, status: 'disabled', disabled_reason: 'gone' },
      },
    });
    receiver.answerWith(status(204));
    expect(await ask('/v1/deliveries/msg_a/replay', { method: 'POST' })).toMatchObject({
      status: 202,
      body: { id: 'msg_a', status: 'pending', attempt_count: 1 },
    });
    await settled('msg_a', 'delivered');
    expect(await ask('/v1/deliveries/msg_a')).toMatchObject({
      body: { status: 'delivered', attempt_count: 2, endpoint: { status: 'active' } },
    });
  });

  it.each([
    ['/v1/deliveries?status=lost', 'status'],
    ['/v1/deliveries?limit=0', 'limit'],
    ['/v1/deliveries?limit=201', 'limit'],
    ['/v1/deliveries?cursor=x', 'cursor'],
    ['/v1/deliveries?page=2', 'page'],
  ])('%s is refused by name', async (path, field) => {
    const { ask } = await openApi();
    expect(await ask(path)).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ path: field }] },
    });
  });

  it('what is not there is 404, and nobody gets in without a key', async () => {
    const { ask, url } = await openApi();
    for (const id of ['msg_unknown', 'no.id', 'a%2Fb']) {
      expect(await ask(`/v1/deliveries/${id}`)).toMatchObject({
        status: 404,
        body: { code: 'delivery_not_found' },
      });
      expect(await ask(`/v1/deliveries/${id}/replay`, { method: 'POST' })).toMatchObject({
        status: 404,
      });
    }
    for (const path of ['', '/msg_a', '/msg_a/replay']) {
      const method = path.endsWith('replay') ? 'POST' : 'GET';
      expect((await fetch(`${url}/v1/deliveries${path}`, { method })).status).toBe(401);
    }
  });
});

describe('cardpress deliveries', () => {
  const cli = (...args: string[]) =>
    callCli(['deliveries', ...args], {
      env: { REDIS_URL: world.redisUrl },
      commands: [deliveriesCommand],
    });

  it('lists, shows and replays what the worker then sends', async () => {
    const receiver = await world.receiver(status(500, {}, 'no\u001b[31m\nluck'));
    const { notify, settled } = await world.open();
    await notify('msg_a', `${receiver.url}?token=secret`);
    await settled('msg_a', 'failed');
    const listed = await cli('list', '--status', 'failed');
    expect(listed.stdout).toMatch(
      new RegExp(`^msg_a +image.completed +failed +4 +500 .*${receiver.url}$`, 'm'),
    );
    expect((await cli('list', '--status', 'delivered')).stdout).toBe('');

    const shown = await cli('show', 'msg_a');
    expect(shown.stdout).toMatch(/^endpoint +failing$/m);
    expect(shown.stdout).toMatch(/ 500 +\d+ ms +no \[31m luck$/m);
    expect(shown.stdout).not.toContain('\u001b');
    expect(JSON.parse((await cli('show', 'msg_a', '--json')).stdout)).toMatchObject({
      id: 'msg_a',
      attempts: Array(4).fill(expect.objectContaining({ status: 500 })),
    });

    receiver.answerWith(status(204));
    expect(await cli('replay', 'msg_a')).toMatchObject({
      code: 0,
      stdout: 'msg_a is sent again by the delivery worker.\n',
    });
    await settled('msg_a', 'delivered');
    await until(() => receiver.received.length === 5);
  });

  it.each([
    [[], 'Expected one of: list, show, replay.'],
    [['lst'], 'Did you mean "list"?'],
    [['show'], 'expected <id>'],
    [['replay', 'a', 'b'], '"b" is one argument too many'],
    [['list', '--status', 'faild'], 'Did you mean "failed"?'],
    [['list', '--limit', '0'], 'from 1 to 1000'],
  ])('%j makes no sense', async (args, message) => {
    const { code, stderr } = await cli(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('says what is not there', async () => {
    expect(await cli('replay', 'msg_unknown')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no delivery "msg_unknown"'),
    });
  });
});
