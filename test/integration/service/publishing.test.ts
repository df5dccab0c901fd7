import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { colourFields, coloursOf, readPixels, shownColours } from '../../support/colour-code.js';
import type { TestService } from '../../support/service.js';
import { STRAPI_TOKEN, strapiRequest } from '../../support/strapi/strapi-request.js';
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

const put = (path: string, body: unknown) => service.api(path, { method: 'PUT', body });
const open = (path: string) => service.api(path, { key: null });

it('has the card of an article where a crawler looks, after the CMS said that it is published', async () => {
  const source = await put('/v1/sources/articles', {
    kind: 'strapi',
    secret: STRAPI_TOKEN,
    signature: { scheme: 'token', header: 'X-OG-Token' },
    template: 'note',
    page: 'articles/{{entry.documentId}}',
    map: { title: '{{entry.title}}', body: '{{entry.summary}}' },
  });
  expect([200, 201]).toContain(source.status);
  const { body, headers } = strapiRequest('publish');
  const { entry } = JSON.parse(body.toString()) as { entry: { documentId: string } };
  const path = `/p/articles/${entry.documentId}.png`;
  expect((await open(path)).status).toBe(404);

  const hook = await service.api('/v1/hooks/articles', {
    method: 'POST',
    body: body.toString(),
    headers,
    key: null,
  });
  expect(hook.status).toBe(202);
  const picture = await until(async () => {
    const answer = await open(path);
    return answer.headers['x-cardpress-source'] === 'stored' && answer;
  }, 30_000);
  const pixels = await readPixels(picture.bytes);
  expect([pixels.width, pixels.height]).toEqual([600, 315]);
});

it('tells of a page that nobody looks at, once its picture is drawn', async () => {
  const { status, json } = await put('/v1/pages/quiet', {
    template: 'colour-code',
    data: colourFields('quiet'),
    wait: 0,
    webhook_url: receiver.url,
  });
  expect(status).toBe(202);
  const message = await until(() => receiver.received[0], 30_000);
  const told = verified(message);
  expect(told.type).toBe('image.completed');
  const { bytes } = await open(new URL(json.url).pathname);
  expect(await shownColours(bytes)).toEqual(coloursOf('quiet'));
});

it('signs an address that draws at the first look, and no other', async () => {
  const { json } = await service.api('/v1/urls', {
    body: { template: 'colour-code', data: colourFields('signed') },
  });
  const address = new URL(json.url);
  const first = await open(address.pathname + address.search);
  expect([first.status, first.headers['x-cardpress-source']]).toEqual([200, 'rendered']);
  expect(await shownColours(first.bytes)).toEqual(coloursOf('signed'));
  const forged = `${address.pathname}${address.search.replace('c1=%23', 'c1=%24')}`;
  expect(forged).not.toBe(address.pathname + address.search);
  expect((await open(forged)).status).toBe(403);
});
