import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ObjectStore } from '../../../src/images/ports.js';
import { createS3Store, type S3StoreOptions } from '../../../src/storage/s3-store.js';
import { type SwiftServer, startSwift } from '../../support/swift-server.js';
import { appErrorOf, collect, describeObjectStore, png } from './object-store-contract.js';

const key = 'og/ab/picture.png';
const BUCKET = 'cards';
let swift: SwiftServer;
const opened: ObjectStore[] = [];

beforeAll(async () => {
  swift = await startSwift();
  await swift.createBucket(BUCKET);
});

afterAll(() => swift?.stop());

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

const credentials = () => ({
  accessKeyId: swift.accessKeyId,
  secretAccessKey: swift.secretAccessKey,
});

const settings = (changes: Partial<S3StoreOptions> = {}): S3StoreOptions => ({
  bucket: BUCKET,
  endpoint: swift.endpoint,
  region: swift.region,
  forcePathStyle: true,
  checksums: 'when_required',
  credentials: credentials(),
  ...changes,
});

const open = (changes: Partial<S3StoreOptions> = {}): ObjectStore => {
  const store = createS3Store(settings(changes));
  opened.push(store);
  return store;
};

const everyCall = (store: ObjectStore): [string, () => Promise<unknown>][] => [
  ['put', () => store.put(key, Buffer.from('x'), png)],
  ['head', () => store.head(key)],
  ['get', () => store.get(key)],
  ['delete', () => store.delete(key)],
  ['list', () => collect(store.list())],
  ['probe', () => store.probe()],
];

// Pages of 3: the smallest listing that needs a third page.
describeObjectStore(
  'The S3 store',
  async () => ({
    store: createS3Store(settings({ listPageSize: 3 })),
    publicBase: `${swift.endpoint}/${BUCKET}`,
    stop: async () => undefined,
  }),
  7,
);

describe('The S3 store', () => {
  const sdk = (changes: Partial<ConstructorParameters<typeof S3Client>[0]> = {}) =>
    new S3Client({
      endpoint: swift.endpoint,
      region: swift.region,
      forcePathStyle: true,
      credentials: credentials(),
      requestChecksumCalculation: 'WHEN_REQUIRED',
      ...changes,
    });

  it('lets caches keep a picture for ever, and names its type', async () => {
    await open().put(key, Buffer.from('x'), png);
    const client = sdk();
    const head = await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: key }));
    client.destroy();
    expect(head.CacheControl).toBe('public, max-age=31536000, immutable');
    expect(head.ContentType).toBe('image/png');
  });

  it('reads objects that others put, and lists past those with other names', async () => {
    const client = sdk();
    const put = (Key: string) =>
      client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: Buffer.from('theirs') }));
    await put('foreign/ok.png');
    await put('foreign/Not Ours.PNG');
    client.destroy();
    const listed = await collect(open().list('foreign/'));
    expect(listed.map((object) => object.key)).toEqual(['foreign/ok.png']);
    // The MD5 that S3 itself gives as ETag.
    expect(listed[0]?.etag).toMatch(/^[0-9a-f]{32}$/);
  });

  describe('against wrong settings', () => {
    it.each([
      ['a wrong secret', { credentials: { accessKeyId: '', secretAccessKey: 'wrong' } }],
      ['an unknown key', { credentials: { accessKeyId: 'no:body', secretAccessKey: '' } }],
    ])('names the credentials after %s', async (_, { credentials: wrong }) => {
      const store = open({
        credentials: {
          accessKeyId: wrong.accessKeyId || swift.accessKeyId,
          secretAccessKey: wrong.secretAccessKey || swift.secretAccessKey,
        },
      });
      for (const [, call] of everyCall(store)) {
        const error = await appErrorOf(call());
        expect(error).toMatchObject({ code: 'storage_unavailable', retryable: false });
        expect(error.detail).toMatch(/AWS_SECRET_ACCESS_KEY/);
        expect(error.detail).not.toContain(swift.secretAccessKey);
      }
    });

    it('names the bucket when it is missing, in every call', async () => {
      const store = open({ bucket: 'no-such-bucket' });
      for (const [name, call] of everyCall(store)) {
        const error = await appErrorOf(call());
        expect([name, error.code, error.retryable]).toEqual([name, 'storage_unavailable', false]);
        expect(error.detail).toMatch(/"no-such-bucket" \(S3_BUCKET\) does not exist/);
      }
    });

    it('names the region when it is wrong', async () => {
      const error = await appErrorOf(open({ region: 'us-west-1' }).put(key, Buffer.from('x'), png));
      expect(error).toMatchObject({ code: 'storage_unavailable', retryable: false });
      expect(error.detail).toMatch(/S3_REGION/);
    });

    it('says that nothing listens', async () => {
      const server = await serve(() => undefined);
      const { endpoint } = server;
      await server.stop();
      for (const [, call] of everyCall(open({ endpoint, maxAttempts: 1 }))) {
        const error = await appErrorOf(call());
        expect(error).toMatchObject({ code: 'storage_unavailable', retryable: true });
        expect(error.detail).toMatch(/ECONNREFUSED.*S3_ENDPOINT/);
      }
    });

    it('says that the name does not resolve', async () => {
      const endpoint = 'http://s3.cardpress.invalid:9000';
      const error = await appErrorOf(open({ endpoint, maxAttempts: 1 }).probe());
      expect(error).toMatchObject({ code: 'storage_unavailable', retryable: true });
      expect(error.detail).toMatch(/s3\.cardpress\.invalid:9000 does not resolve/);
    });

    it('says that what answers is not S3', async () => {
      const server = await serve((_, response) => void response.writeHead(418).end('a teapot'));
      const error = await appErrorOf(open({ endpoint: server.endpoint }).head(key));
      await server.stop();
      expect(error).toMatchObject({ code: 'storage_unavailable', retryable: false });
      expect(error.detail).toMatch(/HTTP 418.*S3_ENDPOINT speaks S3/);
    });
  });

  describe('against a server in trouble', () => {
    it('gives up on a server that takes requests and never answers', async () => {
      const server = await serve(() => undefined);
      const store = open({ endpoint: server.endpoint, requestTimeoutMs: 150, maxAttempts: 1 });
      for (const [, call] of everyCall(store)) {
        const error = await appErrorOf(call());
        expect(error).toMatchObject({ code: 'storage_unavailable', retryable: true });
        expect(error.detail).toMatch(/in time/);
      }
      await server.stop();
    });

    it('gives up on a body that stalls, and frees its connection', async () => {
      const server = await serve((request, response) => {
        request.socket.once('close', () => response.emit('freed'));
        freed = once(response, 'freed');
        response.writeHead(200, { 'content-length': 1000, 'content-type': 'image/png' });
        response.write('the beginning');
      });
      let freed: Promise<unknown> = Promise.resolve();
      const store = open({ endpoint: server.endpoint, requestTimeoutMs: 150, maxAttempts: 1 });
      const error = await appErrorOf(store.get(key));
      expect(error).toMatchObject({ code: 'storage_unavailable', retryable: true });
      expect(error.detail).toMatch(/in time/);
      await freed;
      await server.stop();
    });

    it('does not take a body that breaks off for a whole one', async () => {
      const server = await serve((_, response) => {
        response.writeHead(200, { 'content-length': 1000, 'content-type': 'image/png' });
        response.write('the beginning', () => response.destroy());
      });
      const error = await appErrorOf(open({ endpoint: server.endpoint }).get(key));
      await server.stop();
      expect(error).toMatchObject({ code: 'storage_unavailable', retryable: true });
    });

    it('does not take other bytes for those that were put', async () => {
      const real = open();
      await real.put(key, Buffer.from('what was put'), png);
      const server = await serve(async (_, response) => {
        const { object } = (await real.get(key)) ?? {};
        const headers = {
          'content-type': 'image/png',
          'x-amz-meta-cardpress-sha256': object?.etag,
        };
        response.writeHead(200, headers).end('what was sent');
      });
      const error = await appErrorOf(open({ endpoint: server.endpoint }).get(key));
      await server.stop();
      expect(error).toMatchObject({ code: 'storage_unavailable' });
      expect(error.detail).toMatch(/other bytes/);
    });

    it.each([
      [500, 'InternalError', /HTTP 500/],
      [503, 'SlowDown', /fewer requests/],
    ])('tries again after %i %s, and then says so', async (status, code, detail) => {
      let requests = 0;
      const server = await serve((request, response) => {
        requests += 1;
        request.resume().once('end', () => {
          response.writeHead(status, { 'content-type': 'application/xml' });
          response.end(`<Error><Code>${code}</Code><Message>m</Message></Error>`);
        });
      });
      const store = open({ endpoint: server.endpoint, maxAttempts: 2 });
      const error = await appErrorOf(store.put(key, Buffer.from('x'), png));
      await server.stop();
      expect(error).toMatchObject({ code: 'storage_unavailable', retryable: true });
      expect(error.detail).toMatch(detail);
      expect(requests).toBe(2);
    });

    it('recovers when only the first attempt fails', async () => {
      const bodies: string[] = [];
      const server = await serve((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.once('end', () => {
          bodies.push(Buffer.concat(chunks).toString());
          response.writeHead(bodies.length === 1 ? 500 : 200).end();
        });
      });
      await open({ endpoint: server.endpoint }).put(key, Buffer.from('whole'), png);
      await server.stop();
      expect(bodies).toEqual(['whole', 'whole']);
    });
  });

  it('bounds its connections and uses them again', async () => {
    let connections = 0;
    let requests = 0;
    const server = await serve((_, response) => {
      requests += 1;
      setImmediate(() => response.writeHead(404).end());
    });
    server.http.on('connection', () => {
      connections += 1;
    });
    const store = open({ endpoint: server.endpoint });
    await Promise.all(Array.from({ length: 100 }, () => store.get(key)));
    await server.stop();
    expect(requests).toBe(100);
    expect(connections).toBeGreaterThan(0);
    expect(connections).toBeLessThanOrEqual(32);
  });

  it.each([
    [
      'S3_PUBLIC_URL',
      { publicUrl: 'https://cdn.example.com/pics/' },
      'https://cdn.example.com/pics',
    ],
    [
      'AWS',
      { endpoint: undefined, forcePathStyle: false },
      'https://cards.s3.eu-west-3.amazonaws.com',
    ],
    ['AWS, path style', { endpoint: undefined }, 'https://s3.eu-west-3.amazonaws.com/cards'],
    [
      'AWS in China',
      { endpoint: undefined, forcePathStyle: false, region: 'cn-north-1' },
      'https://cards.s3.cn-north-1.amazonaws.com.cn',
    ],
    [
      'a bucket with a dot',
      { endpoint: undefined, forcePathStyle: false, bucket: 'my.cards' },
      'https://s3.eu-west-3.amazonaws.com/my.cards',
    ],
    ['a server', { endpoint: 'http://minio:9000/' }, 'http://minio:9000/cards'],
    [
      'a server, host style',
      { endpoint: 'https://s3.example.com', forcePathStyle: false },
      'https://cards.s3.example.com',
    ],
    [
      'an address, host style',
      { endpoint: 'http://127.0.0.1:9000', forcePathStyle: false },
      'http://127.0.0.1:9000/cards',
    ],
  ])('gives public addresses at %s', (_, changes, base) => {
    expect(open({ region: 'eu-west-3', ...changes }).publicUrl(key)).toBe(`${base}/${key}`);
  });

  describe('is tested against a server that verifies signatures', () => {
    /** Sends a request that `tamper` changes after it was signed; the name of the refusal. */
    const refusal = async (
      command: PutObjectCommand | GetObjectCommand,
      tamper: (request: { path: string; headers: Record<string, string>; body: unknown }) => void,
    ): Promise<string> => {
      const client = sdk({ maxAttempts: 1 });
      client.middlewareStack.add(
        (next) => (args) => {
          tamper(args.request as Parameters<typeof tamper>[0]);
          return next(args);
        },
        { step: 'finalizeRequest', priority: 'low' },
      );
      try {
        await client.send(command as PutObjectCommand);
        return 'accepted';
      } catch (error) {
        return (error as Error).name;
      } finally {
        client.destroy();
      }
    };
    const put = () => new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: Buffer.from('true') });

    it('accepts what is signed right', async () => {
      expect(await refusal(put(), () => undefined)).toBe('accepted');
    });

    it('refuses a changed path', async () => {
      const name = await refusal(put(), (request) => {
        request.path = request.path.replace('ab', 'zz');
      });
      expect(name).toBe('SignatureDoesNotMatch');
    });

    it('refuses a changed header', async () => {
      const name = await refusal(put(), (request) => {
        request.headers['content-type'] = 'text/html';
      });
      expect(name).toBe('SignatureDoesNotMatch');
    });

    it('refuses a changed body', async () => {
      const name = await refusal(put(), (request) => {
        request.body = Buffer.from('fake');
      });
      expect(name).toBe('BadDigest');
    });

    it('refuses a request without a signature', async () => {
      const answer = await fetch(`${swift.endpoint}/${BUCKET}/${key}`);
      expect(answer.ok).toBe(false);
    });
  });
});

/** A server on a free port that answers, or does not, as told. */
async function serve(
  listener: RequestListener,
): Promise<{ endpoint: string; http: Server; stop(): Promise<void> }> {
  const http = createServer(listener);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    http,
    async stop() {
      http.close();
      http.closeAllConnections();
      await once(http, 'close');
    },
  };
}
