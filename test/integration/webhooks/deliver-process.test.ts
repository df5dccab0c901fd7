import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { startServiceProcess } from '../../support/service-process.js';
import { temporaryDirectory } from '../../support/templates/template-files.js';
import { startTrap } from '../../support/trap-server.js';
import { until } from '../../support/until.js';
import { createDeliveryWorld, type DeliveryWorld } from './delivery-world.js';
import { hang, type Receiver, status } from './receiver.js';

let world: DeliveryWorld;
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  world = await createDeliveryWorld();
  folder = await temporaryDirectory();
});
afterEach(() => world.clear());
afterAll(async () => {
  await folder?.remove();
  await world?.stop();
});

const start = (receiver: Receiver, env: Record<string, string> = {}) =>
  startServiceProcess({
    program: 'deliver',
    env: {
      REDIS_URL: world.redisUrl,
      DATA_DIR: folder.path,
      EGRESS_ALLOW: `127.0.0.1:${receiver.port}`,
      ...env,
    },
  });

describe('the delivery worker as a process', () => {
  it('signs with a secret that it makes once, for its owner alone, and ends in order', async () => {
    const receiver = await world.receiver();
    const trap = await startTrap();
    const { notify, settled, records } = await world.open({ worker: false });
    const worker = await start(receiver);
    await notify('msg_a', receiver.url);
    await notify('msg_trap', `http://127.0.0.1:${trap.port}/hook`);
    await settled('msg_a', 'delivered');
    await until(async () => (await records.get('msg_trap'))?.attemptCount === 1);
    expect(trap.connections).toBe(0);
    await trap.close();

    const path = join(folder.path, 'secrets', 'webhook-secret');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const secret = (await readFile(path, 'utf8')).trim();
    const [got] = receiver.received;
    const headers = got?.headers as Record<string, string>;
    expect(() => new Webhook(secret).verify(got?.body ?? '', headers)).not.toThrow();
    expect(worker.output()).not.toContain(secret);

    expect(await worker.signal('SIGTERM')).toEqual({ code: 0, signal: null });
    const again = await start(receiver);
    expect((await readFile(path, 'utf8')).trim()).toBe(secret);
    await again.signal('SIGTERM');
  });

  it('is killed in the middle of attempts, and the next one makes them all', async () => {
    const receiver = await world.receiver(hang);
    const { notify, settled } = await world.open({ worker: false });
    const ids = ['msg_a', 'msg_b', 'msg_c', 'msg_d', 'msg_e', 'msg_f'];
    for (const id of ids) await notify(id, receiver.url);
    const first = await start(receiver);
    await until(() => receiver.received.length === 4);
    await first.signal('SIGKILL');
    receiver.answerWith(status(204));
    const second = await start(receiver);
    for (const id of ids) {
      await until(async () => (await settled(id)).status === 'delivered', 50_000);
    }
    expect(new Set(receiver.received.slice(4).map((got) => got.headers['webhook-id']))).toEqual(
      new Set(ids),
    );
    expect(await second.signal('SIGTERM')).toEqual({ code: 0, signal: null });
  }, 90_000);

  it('says which setting is wrong, and ends', async () => {
    const receiver = await world.receiver();
    const worker = await startServiceProcess({
      program: 'deliver',
      untilReady: false,
      env: { WEBHOOK_SECRET: 'short', EGRESS_ALLOW: `127.0.0.1:${receiver.port}` },
    });
    expect(await worker.ended).toEqual({ code: 1, signal: null });
    expect(worker.output()).toContain('WEBHOOK_SECRET: expected');
    expect(worker.output()).not.toContain('short');
  });
});
