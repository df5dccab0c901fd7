import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTrap, type Trap } from '../../support/trap-server.js';
import { createDeliveryWorld, type DeliveryWorld } from './delivery-world.js';
import { status } from './receiver.js';

let world: DeliveryWorld;
let trap: Trap;
beforeAll(async () => {
  world = await createDeliveryWorld();
});
beforeEach(async () => {
  trap = await startTrap();
});
afterEach(async () => {
  await world.clear();
  await trap.close();
});
afterAll(() => world?.stop());

const refused = (message: RegExp | string) => ({
  code: 'invalid_request',
  errors: [{ path: 'webhook_url', message: expect.stringMatching(message) }],
});

describe('when a webhook_url is given', () => {
  it.each([
    ['ftp://x.test/', /https:\/\//],
    ['javascript:alert(1)', /https:\/\//],
    ['x.test/hook', /https:\/\//],
    ['', /https:\/\//],
    ['https://user:secret@x.test/', /no user name or password/],
    [`https://x.test/${'a'.repeat(2_000)}`, /2000 characters/],
    ['https://x.test:6379/', /port 6379/],
    ['https://x.test./', /without it/],
  ])('%s is refused with the reason', async (url, message) => {
    const { webhooks } = await world.open({
      worker: false,
      resolve: async () => [{ address: '93.184.215.14' }],
    });
    await expect(webhooks.assertEndpoint(url)).rejects.toMatchObject(refused(message));
  });

  it.each([
    '127.0.0.1',
    '127.1',
    '0x7f000001',
    '2130706433',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '169.254.169.254',
    '10.0.0.1',
    '192.168.1.1',
    'localhost',
  ])('the private %s is refused, and nobody connects', async (host) => {
    const { webhooks } = await world.open({ worker: false });
    const url = `http://${host}:${trap.port}/hook`;
    await expect(webhooks.assertEndpoint(url)).rejects.toMatchObject(refused('EGRESS_ALLOW'));
    expect(trap.connections).toBe(0);
  });

  it('a name that leads to a private address, or to none at all, is refused', async () => {
    const inside = await world.open({
      worker: false,
      resolve: async () => [{ address: '93.184.215.14' }, { address: '10.0.0.1' }],
    });
    await expect(inside.webhooks.assertEndpoint('https://x.test/')).rejects.toMatchObject(
      refused('EGRESS_ALLOW'),
    );
    const nowhere = await world.open({
      worker: false,
      resolve: async () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })),
    });
    await expect(nowhere.webhooks.assertEndpoint('https://x.test/')).rejects.toMatchObject(
      refused('spelling'),
    );
  });

  it('public names are taken, also while name servers are slow to answer', async () => {
    const { webhooks } = await world.open({
      worker: false,
      resolve: async () => [{ address: '93.184.215.14' }],
    });
    await webhooks.assertEndpoint('https://x.test/hook?token=1');
    const slow = await world.open({
      worker: false,
      resolve: async () => Promise.reject(Object.assign(new Error('no'), { code: 'EAI_AGAIN' })),
    });
    await slow.webhooks.assertEndpoint('https://x.test/hook');
  });
});

describe('when a message is sent', () => {
  it.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])(
    'no connection to %s is opened, and the record says why',
    async (host) => {
      const { notify, settled } = await world.open({ delaysMs: [] });
      await notify('msg_a', `http://${host}:${trap.port}/hook`);
      expect(await settled('msg_a', 'failed')).toMatchObject({
        attempts: [
          {
            error: {
              code: 'forbidden_address',
              message: expect.stringContaining('EGRESS_ALLOW'),
            },
          },
        ],
      });
      expect(trap.connections).toBe(0);
    },
  );

  it('a name that was public when it was given is judged again', async () => {
    const answers = ['93.184.215.14', '127.0.0.1'];
    const { webhooks, notify, settled } = await world.open({
      delaysMs: [],
      resolve: async () => [{ address: answers.shift() ?? '127.0.0.1' }],
    });
    const url = `http://rebound.test:${trap.port}/hook`;
    await webhooks.assertEndpoint(url);
    await notify('msg_a', url);
    expect(await settled('msg_a', 'failed')).toMatchObject({
      attempts: [{ error: { code: 'forbidden_address' } }],
    });
    expect(trap.connections).toBe(0);
  });

  it('a name is judged for every attempt: no connection is kept from the one before', async () => {
    const receiver = await world.receiver(status(500));
    let address = '127.0.0.1';
    const { notify, settled } = await world.open({
      delaysMs: [10],
      allow: [`127.0.0.1:${receiver.port}`],
      resolve: async () => [{ address }],
    });
    receiver.answerWith((_got, res) => {
      address = '127.0.0.2';
      res.writeHead(500, { connection: 'keep-alive' }).end();
    });
    await notify('msg_a', `http://rebound.test:${receiver.port}/hook`);
    expect(await settled('msg_a', 'failed')).toMatchObject({
      attempts: [{ status: 500 }, { error: { code: 'forbidden_address' } }],
    });
    expect(receiver.received).toHaveLength(1);
  });

  it('the control: what EGRESS_ALLOW names is reached', async () => {
    const receiver = await world.receiver();
    const { webhooks, notify, settled } = await world.open();
    await webhooks.assertEndpoint(receiver.url);
    await notify('msg_a', receiver.url);
    await settled('msg_a', 'delivered');
    expect(receiver.received).toHaveLength(1);
  });
});
