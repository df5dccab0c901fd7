import { PutBucketAclCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { RENDER_QUEUE } from '../../src/queue/render-jobs.js';
import { createS3Store } from '../../src/storage/s3-store.js';
import { bullQueue } from '../support/bull-queue.js';
import { colourFields, coloursOf, shownColours } from '../support/colour-code.js';
import { type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { FAULT_TIMEOUT_MS, faultCount, isFullRun } from '../support/fault-scale.js';
import { startService, type TestService } from '../support/service.js';
import { type SwiftServer, startSwift } from '../support/swift-server.js';
import { until } from '../support/until.js';

const BUCKET = 'pictures';
const IMAGES = faultCount(12, 2);
const awsBefore = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map(
  (name) => [name, process.env[name]] as const,
);

let swift: SwiftServer;
let proxy: FaultProxy;
let service: TestService;

async function makePublic(): Promise<void> {
  const client = new S3Client({
    endpoint: swift.endpoint,
    region: swift.region,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  await client.send(new PutBucketAclCommand({ Bucket: BUCKET, ACL: 'public-read' }));
  client.destroy();
}

beforeAll(async () => {
  swift = await startSwift();
  await swift.createBucket(BUCKET);
  process.env.AWS_ACCESS_KEY_ID = swift.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = swift.secretAccessKey;
  await makePublic();
  proxy = await startFaultProxy({ host: '127.0.0.1', port: Number(new URL(swift.endpoint).port) });
  service = await startService({
    env: {
      STORAGE: 's3',
      S3_BUCKET: BUCKET,
      S3_ENDPOINT: `http://127.0.0.1:${proxy.port}`,
      S3_REGION: swift.region,
      S3_FORCE_PATH_STYLE: 'true',
      // Readers do not come through the fault: what they see is what the bucket holds.
      S3_PUBLIC_URL: `${swift.endpoint}/v1/AUTH_cardpress/${BUCKET}`,
    },
  });
}, FAULT_TIMEOUT_MS);
afterAll(async () => {
  await proxy?.become({ mode: 'pass' });
  await service?.stop();
  await proxy?.stop();
  await swift?.stop();
  for (const [name, value] of awsBefore) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

const ask = (text: string, waitS = 0) =>
  service.api('/v1/images', {
    body: { template: 'colour-code', data: colourFields(text), wait: waitS },
  });
const isWaiting = (line: Record<string, unknown>) => line.msg === 'a picture waits for its storage';

/** Accepted while the bucket was well, and drawn only once `fault` is there. By id what each shows. */
async function acceptBefore(name: string, fault: Fault): Promise<Map<string, string>> {
  await bullQueue(service.redis, RENDER_QUEUE).pause();
  const texts = Array.from({ length: IMAGES }, (_, i) => `${name} ${i}`);
  const answers = await Promise.all(texts.map((text) => ask(text)));
  expect(answers.map(({ status }) => status)).toEqual(texts.map(() => 202));
  await proxy.become(fault);
  await bullQueue(service.redis, RENDER_QUEUE).resume();
  return new Map(answers.map(({ json }, i) => [json.id, texts[i] ?? '']));
}

/** Each is over, once, and whoever reads `completed` can read the right picture at that moment. */
async function expectComplete(accepted: Map<string, string>): Promise<void> {
  for (const [id, text] of accepted) {
    const image = await until(async () => {
      const { json } = await service.api(`/v1/images/${id}`);
      return ['completed', 'failed'].includes(json.status) && json;
    }, 120_000);
    expect([text, image.status, image.error]).toEqual([text, 'completed', undefined]);
    const picture = await service.api(image.url, { key: null });
    expect(picture.status).toBe(200);
    expect(await shownColours(picture.bytes)).toEqual(coloursOf(text));
    // Written a moment after the image is told of.
    const ends = await until(async () => {
      const { json: trace } = await service.api(`/v1/images/${id}/trace`);
      const events: { event: string }[] = trace.generation.events;
      const found = events.filter(({ event }) => event === 'completed');
      return found.length > 0 && found;
    }, 60_000);
    expect(ends).toHaveLength(1);
  }
}

const xml = (code: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;

describe.each<[string, Fault]>([
  ['answers 500', { mode: 'status', code: 500, body: xml('InternalError') }],
  ['asks to slow down', { mode: 'status', code: 503, body: xml('SlowDown') }],
  ['is full', { mode: 'status', code: 507, body: xml('QuotaExceeded') }],
  ['resets each connection', { mode: 'reset' }],
  ['is away', { mode: 'refuse' }],
])('a bucket that %s', (name, fault) => {
  it(
    'holds accepted pictures up, refuses new ones, and all are there in the end',
    async () => {
      const waitedBefore = service.log.filter(isWaiting).length;
      const accepted = await acceptBefore(name, fault);
      await until(() => service.log.filter(isWaiting).length > waitedBefore, 90_000);
      const refused = await ask(`${name}, new`);
      expect([refused.status, refused.json.code]).toEqual([503, 'storage_unavailable']);
      for (const id of accepted.keys()) {
        const { json } = await service.api(`/v1/images/${id}`);
        expect(['queued', 'active']).toContain(json.status);
      }
      await proxy.become({ mode: 'pass' });
      await expectComplete(accepted);
      expect((await ask(`${name}, new`, 30)).status).toBe(201);
    },
    FAULT_TIMEOUT_MS,
  );
});

describe('a bucket that is slow', () => {
  it(
    'takes every picture in its time',
    async () => {
      const accepted = await acceptBefore('slow', { mode: 'slow', bytesPerSecond: 10_000 });
      await expectComplete(accepted);
      await proxy.become({ mode: 'pass' });
    },
    FAULT_TIMEOUT_MS,
  );

  it(
    'may hang for a while with a picture in hand',
    async () => {
      const drawnBefore = await service.drawn();
      const waitedBefore = service.log.filter(isWaiting).length;
      const accepted = await acceptBefore('hung', { mode: 'hang' });
      await until(async () => (await service.drawn()) > drawnBefore, 90_000);
      if (isFullRun) {
        // Three attempts of the S3 client, each given up in its time.
        await until(() => service.log.filter(isWaiting).length > waitedBefore, 120_000);
        expect((await ask('hung, new')).status).toBe(503);
      }
      await proxy.become({ mode: 'pass' });
      await expectComplete(accepted);
    },
    FAULT_TIMEOUT_MS,
  );
});

describe('a bucket that hangs', () => {
  const key = 'note/ab/abcdefghijklmnopqrstuvwxyz234567.png';
  const place = () => ({
    bucket: BUCKET,
    endpoint: `http://127.0.0.1:${proxy.port}`,
    region: swift.region,
    forcePathStyle: true,
    checksums: 'when_required' as const,
  });
  afterEach(() => proxy.become({ mode: 'pass' }));

  it('lets nobody wait for all attempts who asks whether a picture is there', async () => {
    // One attempt alone would outlast this test.
    const never = 3_600_000;
    const store = createS3Store({ ...place(), requestTimeoutMs: never, answerTimeoutMs: 300 });
    expect(await store.head(key)).toBeUndefined();
    await proxy.become({ mode: 'hang' });
    for (const work of [store.head(key), store.delete(key)]) {
      await expect(work).rejects.toMatchObject({
        code: 'storage_unavailable',
        retryable: true,
        detail: expect.stringContaining('did not answer in time'),
      });
    }
    await proxy.become({ mode: 'pass' });
    expect(await store.head(key)).toBeUndefined();
    await store.close();
  }, 60_000);

  it(
    'is a 503 that says when to come again, before a single attempt at it is given up',
    async () => {
      expect((await ask('before it hangs', 30)).status).toBe(201);
      const patient = createS3Store({ ...place(), maxAttempts: 1, answerTimeoutMs: 3_600_000 });
      await proxy.become({ mode: 'hang' });
      const attempt = patient.head(key).then(
        () => 'answered',
        () => 'the attempt ended first',
      );
      const answers = Promise.all([ask('hung, at once'), ask('hung, waiting', 30)]);
      const first = await Promise.race([answers, attempt]);
      expect(first).not.toBe('the attempt ended first');
      for (const { status, headers, json } of await answers) {
        expect([status, json.code]).toEqual([503, 'storage_unavailable']);
        expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      }
      // What is known to be stored needs no bucket.
      expect((await ask('before it hangs')).status).toBe(201);
      await proxy.become({ mode: 'pass' });
      await attempt;
      await patient.close();
      expect((await ask('hung, at once', 30)).status).toBe(201);
    },
    FAULT_TIMEOUT_MS,
  );
});

describe('a bucket that no longer lets us in', () => {
  it(
    'fails at once with what to do, says so in readiness, and draws when asked again',
    async () => {
      const accepted = await acceptBefore('denied', {
        mode: 'status',
        code: 403,
        body: xml('InvalidAccessKeyId'),
      });
      for (const id of accepted.keys()) {
        const image = await until(async () => {
          const { json } = await service.api(`/v1/images/${id}`);
          return ['completed', 'failed'].includes(json.status) && json;
        }, 90_000);
        expect([image.status, image.error.code]).toEqual(['failed', 'storage_unavailable']);
        expect(image.error.message).toContain('renew');
      }
      const ready = await until(async () => {
        const answer = await service.api('/readyz');
        return answer.status === 503 && answer;
      }, 20_000);
      expect(JSON.stringify(ready.json)).toContain('renew');
      await proxy.become({ mode: 'pass' });
      for (const text of accepted.values()) {
        const { status, json } = await ask(text, 30);
        expect([status, json.status]).toEqual([201, 'completed']);
        const picture = await service.api(json.url, { key: null });
        expect(await shownColours(picture.bytes)).toEqual(coloursOf(text));
      }
    },
    FAULT_TIMEOUT_MS,
  );
});
