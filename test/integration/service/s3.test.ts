import { PutBucketAclCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { unpackArchive } from '../../../src/library/template-archive.js';
import { colourFields, coloursOf, shownColours } from '../../support/colour-code.js';
import { startService, type TestService } from '../../support/service.js';
import { cardFiles, publishFiles } from '../../support/stored-template.js';
import { type SwiftServer, startSwift } from '../../support/swift-server.js';
import { until } from '../../support/until.js';

const BUCKET = 'pictures';
const AWS_NAMES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const;
const awsBefore = AWS_NAMES.map((name) => [name, process.env[name]] as const);

let swift: SwiftServer;
let service: TestService;
let publicUrl: string;

/** What every browser may read, as a bucket behind a CDN is. */
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
  // The chain of the AWS SDK: credentials are no settings of ours.
  process.env.AWS_ACCESS_KEY_ID = swift.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = swift.secretAccessKey;
  delete process.env.AWS_SESSION_TOKEN;
  await makePublic();
  publicUrl = `${swift.endpoint}/v1/AUTH_cardpress/${BUCKET}`;
  service = await startService({
    env: {
      STORAGE: 's3',
      S3_BUCKET: BUCKET,
      S3_ENDPOINT: swift.endpoint,
      S3_REGION: swift.region,
      S3_FORCE_PATH_STYLE: 'true',
      S3_PUBLIC_URL: publicUrl,
    },
  });
});
afterAll(async () => {
  await service?.stop();
  await swift?.stop();
  for (const [name, value] of awsBefore) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

const create = (text: string, more: Record<string, unknown> = {}) =>
  service.api('/v1/images', {
    body: { template: 'colour-code', data: colourFields(text), wait: 30, ...more },
  });

describe('with S3 as the storage', () => {
  it('gives an address that anyone can read the picture at, with the type of the picture', async () => {
    const { status, json } = await create('bucket');
    expect(status).toBe(201);
    expect(json.url).toBe(`${publicUrl}/colour-code/${json.id.slice(0, 2)}/${json.id}.png`);
    const picture = await service.api(json.url, { key: null });
    expect(picture.status).toBe(200);
    expect(picture.headers['content-type']).toBe('image/png');
    expect(picture.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(await shownColours(picture.bytes)).toEqual(coloursOf('bucket'));
  });

  it('reuses what is stored, and rebuilds what Redis forgot from the bucket', async () => {
    const first = await create('forgotten', { output: { format: 'webp', scale: 2 } });
    await service.redis.connect().flushall();
    const drawn = await service.drawn();
    const again = await create('forgotten', { output: { format: 'webp', scale: 2 } });
    expect(again.json).toMatchObject({
      id: first.json.id,
      url: first.json.url,
      bytes: first.json.bytes,
      width: 640,
      reused: true,
    });
    expect(await service.drawn()).toBe(drawn);
  });

  it('deletes the object with the image', async () => {
    const { json } = await create('deleted');
    expect((await service.api(json.url, { key: null })).status).toBe(200);
    expect((await service.api(`/v1/images/${json.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await service.api(json.url, { key: null })).status).toBe(404);
  });

  it('keeps published templates in the bucket, and draws them from there', async () => {
    const files = cardFiles('#123456');
    const version = await publishFiles(service.api, 'in-the-bucket', files);
    const { status, json } = await service.api('/v1/images', {
      body: { template: 'in-the-bucket', data: { title: 'Hello' }, wait: 30 },
    });
    expect([status, json.template_version]).toEqual([201, version]);
    const { bytes } = await service.api('/v1/templates/in-the-bucket/export.zip');
    expect((await unpackArchive(bytes)).get('style.css')).toEqual(
      Buffer.from(files['style.css'] ?? ''),
    );
  });

  it('serves nothing at /images, which is the bucket’s business', async () => {
    const { status, json } = await service.api(`/images/colour-code/aa/${'a'.repeat(32)}.png`);
    expect([status, json.code]).toEqual([404, 'not_found']);
  });

  it('says 503 while the bucket is away, and is not ready', async () => {
    await swift.stop();
    const { status, json } = await create('away');
    expect([status, json.code]).toEqual([503, 'storage_unavailable']);
    expect((await service.api('/v1/images')).status).toBe(200);
    await until(async () => (await service.api('/readyz')).status === 503, 20_000);
  });
});
