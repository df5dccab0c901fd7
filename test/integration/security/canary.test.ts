import { readdir } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '../../../src/observability/logger.js';
import { RENDER_QUEUE } from '../../../src/queue/render-jobs.js';
import { formOf, untilOver } from '../../support/batch-client.js';
import { bullQueue } from '../../support/bull-queue.js';
import { startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';
import { type Receiver, startReceiver, status } from '../webhooks/receiver.js';
import { WEBHOOK_SECRET } from '../webhooks/told-service.js';

/*
 * What customers put into fields is about people. Here a word that stands nowhere else goes in by
 * every way there is, through success and every kind of failure; then it is looked for in whatever
 * others get to see: the log at its finest, metrics, names of keys, jobs and files, and addresses.
 */

const CANARY = 'Zaphodcanary7781';
/** In whatever case, and as Base64 at each of its three offsets, without what neighbours decide. */
const SPELLINGS = [
  CANARY.toLowerCase(),
  Buffer.from(CANARY).toString('hex'),
  ...[0, 1, 2].map((offset) =>
    Buffer.from(' '.repeat(offset) + CANARY)
      .toString('base64')
      .slice(offset + 2, -4)
      .toLowerCase(),
  ),
];

const tells = (text: string) => SPELLINGS.some((spelling) => text.toLowerCase().includes(spelling));

let service: TestService;
let receiver: Receiver;
/** Addresses that went out, and what strangers were answered. */
const canonical: string[] = [];
const told: string[] = [];

beforeAll(async () => {
  receiver = await startReceiver();
  service = await startService({
    env: { WEBHOOK_SECRET, EGRESS_ALLOW: `127.0.0.1:${receiver.port}` },
  });
});
afterAll(async () => {
  await service?.stop();
  await receiver?.close();
});

const post = (path: string, body: unknown) => service.api(path, { body });
const put = (path: string, body: unknown) => service.api(path, { method: 'PUT', body });
const data = (more: Record<string, unknown> = {}) => ({
  title: `Dear ${CANARY}`,
  body: CANARY,
  ...more,
});
const note = (more: Record<string, unknown> = {}) => ({ template: 'note', data: data(more) });

/** Every answer of the API: its addresses of images are canonical, and go everywhere. */
function remember(json: unknown): void {
  for (const [, url] of JSON.stringify(json ?? '').matchAll(
    /"(?:url|image_url|canonical_url|versioned_url|preview_url|key)":"([^"]*)"/g,
  )) {
    if (url && !/\/i\/|\/hook/.test(url)) canonical.push(url);
  }
}

async function expectStatus(answer: ReturnType<typeof post>, ...wanted: number[]) {
  const { status: found, json, headers } = await answer;
  remember(json);
  if (headers.location) canonical.push(headers.location);
  expect([found, wanted.includes(found) ? '' : JSON.stringify(json)]).toEqual([found, '']);
  return json;
}

describe('what is in fields', () => {
  it('comes in by images, in success, refusal and failure', async () => {
    await expectStatus(
      post('/v1/images', { ...note(), metadata: { who: CANARY }, webhook_url: receiver.url }),
      201,
    );
    await expectStatus(post('/v1/images', note({ title: `${CANARY} `.repeat(20) })), 201);
    await expectStatus(post('/v1/images', note({ accent: CANARY })), 201);
    await expectStatus(
      post('/v1/images', { ...note({ accent: CANARY }), on_missing: 'reject' }),
      422,
    );
    await expectStatus(post('/v1/images', { ...note({ count: CANARY, [CANARY]: 1 }) }), 422);
    await expectStatus(post('/v1/images', { template: CANARY, data: {} }), 404);
    await expectStatus(post('/v1/images', { ...note(), size: CANARY, [CANARY]: CANARY }), 422);
    const picture = `http://127.0.0.1:${receiver.port}/${CANARY}.png?who=${CANARY}`;
    // No picture: what the receiver answers there is nothing that can be shown.
    await expectStatus(post('/v1/images', note({ logo: picture })), 201, 422);
    await expectStatus(
      post('/v1/images', note({ logo: `http://10.0.0.1/${CANARY}.png` })),
      201,
      422,
    );
    await expectStatus(
      post('/v1/images', note({ logo: `http://${CANARY}.invalid/x.png` })),
      201,
      422,
    );
    await expectStatus(post('/v1/generate', { design_id: 'note', layers: data() }), 200);
    await expectStatus(
      service.api('/v1/images', { body: `{"template": "note", "data": {"title": ${CANARY}` }),
      400,
    );
    await expectStatus(post('/v1/images', note({ title: CANARY.repeat(80_000) })), 413);
    const review = await expectStatus(
      post('/v1/images', { ...note({ accent: CANARY, count: 77 }), on_missing: 'review' }),
      202,
    );
    await expectStatus(service.api(`/v1/images/${review.id}/preview`), 200);
    await expectStatus(service.api(`/v1/images/${review.id}/reject`, { method: 'POST' }), 200);
    await expectStatus(service.api(`/v1/images/${review.id}/trace`), 200);
  }, 120_000);

  it('comes in by previews, checks and batches', async () => {
    await expectStatus(post('/v1/templates/note/preview', { data: data() }), 200);
    await expectStatus(
      post('/v1/templates/note/check', { rows: [data(), data({ accent: CANARY })] }),
      200,
    );
    const items = [
      { data: data(), ref: CANARY },
      { data: data({ count: CANARY }), ref: CANARY },
    ];
    const body = { template: 'note', items, webhook_url: receiver.url, item_webhooks: true };
    const batch = await expectStatus(post('/v1/batches', body), 202);
    await expectStatus(post('/v1/batches/check', { template: 'note', items }), 200);
    const csv = `title,who,count\nDear ${CANARY},${CANARY},1\n${CANARY},,${CANARY}\n,,,,${CANARY}\n`;
    const broken = formOf(`title\n"${CANARY} never ends\n`, { template: 'note' });
    await expectStatus(service.api('/v1/batches', { ...broken, method: 'POST' }), 202, 422);
    const form = formOf(csv, {
      template: 'note',
      mapping: '{"title":"title","body":"who","count":"count"}',
    });
    const table = await expectStatus(service.api('/v1/batches', { ...form, method: 'POST' }), 202);
    for (const { id } of [batch, table]) {
      await untilOver(service.api, id);
      const list = await service.api(`/v1/batches/${id}/items`);
      remember(list.json);
      for (const ending of ['csv', 'json', 'zip'])
        await service.api(`/v1/batches/${id}/results.${ending}`);
    }
  }, 120_000);

  it('comes in by pages, hooks, signed addresses and links', async () => {
    await expectStatus(
      put('/v1/pages/a/card', { ...note(), alt: CANARY, webhook_url: receiver.url }),
      201,
    );
    await expectStatus(put('/v1/pages/a/card', note({ count: CANARY })), 422);
    const secret = 'a-secret-of-the-canary-test';
    const source = {
      ...{ kind: 'generic', secret, template: 'note', page: 'a/{{id}}', event: 'publish' },
      signature: { scheme: 'token', header: 'X-Token' },
      map: { title: '{{name}}', body: '{{name}}', count: '{{count}}' },
    };
    await expectStatus(put('/v1/sources/cms', source), 201);
    const sample = { id: 'one', name: CANARY };
    await expectStatus(post('/v1/sources/cms/test', { body: { ...sample, count: CANARY } }), 200);
    const hook = (body: unknown, token = secret) =>
      service.api('/v1/hooks/cms', { body, key: null, headers: { 'x-token': token } });
    await expectStatus(hook(sample), 202);
    await expectStatus(hook({ ...sample, count: CANARY }), 202, 422);
    await expectStatus(hook(sample, CANARY), 401, 403);
    const signed = await post('/v1/urls', note());
    const { pathname, search } = new URL(signed.json.url);
    const link = await expectStatus(
      post('/v1/links', { template: 'note', fixed: data(), fields: { title: { max_length: 40 } } }),
      201,
    );
    const open = (path: string) => service.api(path, { key: null });
    for (const path of [
      pathname + search,
      `${pathname}${search}x`,
      `/i/note.png?title=${CANARY}&sig=none`,
      `/l/${link.id}.png?title=${CANARY}`,
      `/l/${link.id}.png?title=${CANARY}%E0&${CANARY}=1`,
      `/l/${CANARY}.png?title=${CANARY}`,
      `/nothing/${CANARY}?who=${CANARY}`,
      `/images/note/aa/${CANARY}.png`,
      `/v1/images/${CANARY}?who=${CANARY}`,
    ]) {
      await open(path);
    }
    // What others are answered who did not send it.
    for (const path of [
      '/p/a/card.png',
      '/p/a/none.png',
      '/i/note.png?sig=x',
      '/readyz',
      '/v1/images',
    ]) {
      const { headers, bytes } = await open(path);
      told.push(
        JSON.stringify(headers),
        /json|text/.test(String(headers['content-type'])) ? bytes.toString() : '',
      );
    }
  }, 120_000);

  it('comes in while the receiver, the browser and Redis fail', async () => {
    receiver.answerWith(status(500, {}, 'broken'));
    const tried = async () => {
      const { json } = await service.api('/v1/deliveries');
      return json.items.some(
        (one: { last_attempt?: { status: number } }) => one.last_attempt?.status === 500,
      );
    };
    await expectStatus(
      post('/v1/images', { ...note({ count: 1 }), webhook_url: receiver.url }),
      201,
    );
    await until(tried, 30_000);
    const crashed = post('/v1/images', note({ count: 2 }));
    for (const pid of service.browserPids()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // A helper that ended by itself in the meantime.
      }
    }
    await expectStatus(crashed, 201, 202, 500, 503, 504);
    await service.idle();
    const redis = service.redis.connect();
    await redis.config('SET', 'maxmemory', '1');
    const refused = await post('/v1/images', note({ count: 3 }));
    expect(refused.status).toBeGreaterThanOrEqual(500);
    told.push(JSON.stringify(refused.json));
    await redis.config('SET', 'maxmemory', '0');
    expect((await post('/v1/images', note({ count: 4 }))).status).toBe(201);
  }, 120_000);

  it('is in no line of the log', () => {
    expect(service.log.length).toBeGreaterThan(40);
    expect(service.log.filter(({ err }) => err !== undefined).length).toBeGreaterThan(0);
    expect(service.log.map((line) => JSON.stringify(line)).filter(tells)).toEqual([]);
  });

  it('is in no metric', async () => {
    const { bytes } = await service.api('/metrics');
    expect(bytes.toString()).toContain('cardpress_');
    expect(tells(bytes.toString())).toBe(false);
  });

  it('is in no name of a job or of anything else in Redis', async () => {
    const names = await service.redis.connect().keys('*');
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter(tells)).toEqual([]);
    const jobs = await bullQueue(service.redis, RENDER_QUEUE).getJobs();
    expect(jobs.map((job) => `${job?.name} ${job?.id}`).filter(tells)).toEqual([]);
  });

  it('is in no name of a file, and in no address that goes out', async () => {
    const files = await readdir(service.dataDir, { recursive: true });
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter(tells)).toEqual([]);
    expect(canonical.length).toBeGreaterThan(10);
    expect(canonical.filter(tells)).toEqual([]);
  });

  it('is in no answer to anybody else', () => {
    expect(told.length).toBeGreaterThan(5);
    expect(told.filter(tells)).toEqual([]);
  });
});

it('would be found in a log that tells it: the control', () => {
  const lines: string[] = [];
  const logger = createLogger(
    'trace',
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    }),
  );
  logger.info({ data: { title: CANARY } });
  logger.info({ data: Buffer.from(`a ${CANARY} b`).toString('base64') });
  const error = Object.assign(new Error('OOM'), { command: { name: 'hset', args: [CANARY] } });
  logger.error({ err: error });
  logger.error({ err: new Error('outer', { cause: Object.assign(error, { body: CANARY }) }) });
  expect(lines.map(tells)).toEqual([true, true, false, false]);
});
