import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { untilOver } from '../../support/batch-client.js';
import { colourFields } from '../../support/colour-code.js';
import type { TestService } from '../../support/service.js';
import { until } from '../../support/until.js';
import type { Receiver } from '../webhooks/receiver.js';
import { type NotifiedService, startNotifiedService, verified } from '../webhooks/told-service.js';

let world: NotifiedService;
let service: TestService;
let receiver: Receiver;

beforeAll(async () => {
  world = await startNotifiedService();
  ({ service, receiver } = world);
});
afterAll(() => world?.stop());
beforeEach(() => {
  receiver.received.length = 0;
});

const ask = (text: string, more: Record<string, unknown> = {}) =>
  service.api('/v1/images', {
    body: { template: 'colour-code', data: colourFields(text), wait: 0, ...more },
  });

/** The messages so far, verified, by their ids. */
const messages = () =>
  receiver.received.map((message) => ({
    id: String(message.headers['webhook-id']),
    ...verified(message),
  }));
const untilTold = (count: number) => until(() => messages().length >= count && messages(), 20_000);

it('tells each asker once when the picture is ready, with their own metadata', async () => {
  const asked = await Promise.all(
    ['a', 'b', 'c'].map((who) => ask('shared', { webhook_url: receiver.url, metadata: { who } })),
  );
  const id = asked[0]?.json.id;
  expect(asked.map(({ json }) => json.id)).toEqual([id, id, id]);
  const told = await untilTold(3);
  expect(told.map(({ type }) => type)).toEqual(Array(3).fill('image.completed'));
  expect(told.map(({ data }) => data.metadata.who).sort()).toEqual(['a', 'b', 'c']);
  for (const { data } of told) expect(data).toMatchObject({ id, status: 'completed' });
  // A webhook tells what the API tells.
  const { json } = await service.api(`/v1/images/${id}`);
  expect(told[0]?.data).toMatchObject({ url: json.url, bytes: json.bytes, width: json.width });
});

it('tells of a picture that is there already, and of none that nobody asked to be told of', async () => {
  await ask('stored', { wait: 30 });
  const again = await ask('stored', { webhook_url: receiver.url });
  expect(again.json.reused).toBe(true);
  const told = await untilTold(1);
  expect(told).toMatchObject([{ type: 'image.completed', data: { id: again.json.id } }]);
});

it('tells of a picture that was deleted before it was drawn', async () => {
  await service.stopWorker();
  const { json } = await ask('deleted', { webhook_url: receiver.url });
  await service.api(`/v1/images/${json.id}`, { method: 'DELETE' });
  const told = await untilTold(1);
  expect(told).toMatchObject([
    { type: 'image.failed', data: { id: json.id, error: { code: 'image_not_found' } } },
  ]);
  await service.startWorker();
});

it('tells of the rows of a batch and of its end, each once', async () => {
  const items = ['x', 'y'].map((ref) => ({ ref, data: colourFields(`batch ${ref}`) }));
  const bad = { ref: 'z', data: {} };
  const { json } = await service.api('/v1/batches', {
    body: {
      template: 'colour-code',
      items: [...items, bad],
      webhook_url: receiver.url,
      item_webhooks: true,
    },
  });
  await untilOver(service.api, json.id);
  const told = await untilTold(4);
  const rows = told.filter(({ type }) => type.startsWith('image.'));
  expect(rows.map(({ type, data }) => `${type} ${data.ref} ${data.row}`).sort()).toEqual([
    'image.completed x 1',
    'image.completed y 2',
    'image.failed z 3',
  ]);
  for (const { data } of rows) expect(data.batch_id).toBe(json.id);
  const [end] = told.filter(({ type }) => type === 'batch.completed');
  expect(end?.data).toMatchObject({
    id: json.id,
    status: 'partial',
    counts: { completed: 2, failed: 1 },
  });
  // The receiver has a message a moment before its delivery is on record.
  await until(async () => {
    const { items } = (await service.api('/v1/deliveries?status=delivered')).json;
    const ids = items.map(({ id }: { id: string }) => id);
    return told.every(({ id }) => ids.includes(id));
  }, 20_000);
});

it.each([
  ['a private address', 'http://127.0.0.1:9/hook'],
  ['a private name', 'http://localhost/hook'],
  ['another scheme', 'ftp://example.com/hook'],
  ['a password', 'https://me:secret@example.com/hook'],
])('refuses %s where it is given', async (_name, url) => {
  const image = await ask('refused', { webhook_url: url });
  expect([image.status, image.json.errors[0].path]).toEqual([422, 'webhook_url']);
  const batch = await service.api('/v1/batches', {
    body: { template: 'colour-code', items: [{ data: {} }], webhook_url: url },
  });
  expect([batch.status, batch.json.errors[0].path]).toEqual([422, 'webhook_url']);
});
