import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { AppError } from '../errors/app-error.js';
import type { ObjectStore, StoredObject } from '../images/ports.js';
import { withDeadline } from '../lib/deadline.js';
import {
  assertObjectInfo,
  decodeAttributes,
  encodeAttributes,
  HASH_ATTRIBUTE,
} from './object-attributes.js';
import { assertObjectKey, isObjectKey } from './object-key.js';
import { probeStore } from './probe.js';
import { s3PublicBase } from './s3-address.js';
import { createS3Client, type S3ClientOptions } from './s3-client.js';
import { fromS3Error, nameOf, statusOf } from './s3-errors.js';

/**
 * The key contains a hash of everything that determines the image, so its content never changes.
 */
const CACHE_CONTROL = 'public, max-age=31536000, immutable';
/** Listing reads the metadata of each object; this many at once leave sockets for others. */
const HEADS_AT_ONCE = 8;
/** How long a bucket counts as existing when an object in it is not found. */
const BUCKET_SEEN_MS = 60_000;
/** Limit of `head` and `delete`: a caller of the API waits for the answer. */
const ANSWER_TIMEOUT_MS = 5_000;
/** Limit of all attempts together. */
type Within = { abortSignal?: AbortSignal };

export interface S3StoreOptions extends S3ClientOptions {
  bucket: string;
  /** Base of public addresses, e.g. a CDN in front of the bucket; see `s3PublicBase`. */
  publicUrl?: string | undefined;
  /** Limit of one attempt, including the body. Default 10 000. */
  requestTimeoutMs?: number | undefined;
  /** Limit of all attempts of a `head` or `delete` together. Default 5 000. */
  answerTimeoutMs?: number | undefined;
  /** Keys per page when listing, 1..1000. Default 1000. */
  listPageSize?: number | undefined;
}

/**
 * Stores images in a bucket of S3 or of an S3-compatible server. Uses PutObject with whole buffers,
 * GetObject, HeadObject, DeleteObject, ListObjectsV2 and HeadBucket, which every such server has;
 * no chunked signatures, no DeleteObjects, no conditional writes, which many lack.
 *
 * `put` sends `info.attributes` as user metadata, escaped to ASCII (`encodeAttributes`). More than
 * S3's 2 KB is refused before anything is sent (`assertObjectInfo`).
 */
export function createS3Store(options: S3StoreOptions): ObjectStore {
  const { bucket: Bucket } = options;
  const base = s3PublicBase(options);
  const timeoutMs = options.requestTimeoutMs ?? 10_000;
  const answerDeadline = (): Within => ({
    abortSignal: AbortSignal.timeout(options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS),
  });
  const client = createS3Client(options, timeoutMs);
  let bucketSeenAt = Number.NEGATIVE_INFINITY;

  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw fromS3Error(error, options);
    }
  };

  /**
   * Checks that the bucket exists: HEAD returns 404 for a missing object and a missing bucket
   * alike.
   */
  const assertBucket = async (within: Within) => {
    if (performance.now() - bucketSeenAt < BUCKET_SEEN_MS) return;
    try {
      await client.send(new HeadBucketCommand({ Bucket }), within);
    } catch (error) {
      if (statusOf(error) === 404) throw noSuchBucket(error, options);
      // Credentials that may not list the bucket are refused here, but then it exists.
      if (statusOf(error) !== 403) throw error;
    }
    bucketSeenAt = performance.now();
  };

  const head = (key: string, within: Within = {}) =>
    guarded(async () => {
      assertObjectKey(key);
      try {
        const command = new HeadObjectCommand({ Bucket, Key: key });
        return toStoredObject(key, await client.send(command, within));
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
        await assertBucket(within);
        return undefined;
      }
    });

  const store: Omit<ObjectStore, 'probe'> = {
    put: (key, body, info) =>
      guarded(async () => {
        assertObjectKey(key);
        assertObjectInfo(info);
        const Metadata = {
          ...encodeAttributes(info.attributes),
          [HASH_ATTRIBUTE]: hashOf(body),
        };
        await client.send(
          new PutObjectCommand({
            Bucket,
            Key: key,
            Body: body,
            ContentLength: body.length,
            ContentType: info.contentType,
            CacheControl: CACHE_CONTROL,
            Metadata,
          }),
        );
      }),

    head: (key) => head(key, answerDeadline()),

    get: (key) =>
      guarded(async () => {
        assertObjectKey(key);
        try {
          const answer = await client.send(new GetObjectCommand({ Bucket, Key: key }));
          const body = await readBody(answer.Body, timeoutMs);
          assertSameBytes(body, answer.Metadata);
          return { object: toStoredObject(key, answer), body };
        } catch (error) {
          if (statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket') return undefined;
          throw error;
        }
      }),

    delete: (key) =>
      guarded(async () => {
        assertObjectKey(key);
        try {
          await client.send(new DeleteObjectCommand({ Bucket, Key: key }), answerDeadline());
        } catch (error) {
          // AWS returns 204 for an absent object; other servers return 404.
          if (statusOf(error) !== 404 || nameOf(error) === 'NoSuchBucket') throw error;
        }
      }),

    async *list(prefix = '') {
      for await (const keys of pagesOfKeys(client, options, prefix)) {
        for (let at = 0; at < keys.length; at += HEADS_AT_ONCE) {
          const found = await Promise.all(
            keys.slice(at, at + HEADS_AT_ONCE).map((key) => head(key)),
          );
          for (const object of found) if (object) yield object; // else deleted meanwhile
        }
      }
    },

    publicUrl(key) {
      assertObjectKey(key);
      return `${base}/${key}`;
    },

    async close() {
      client.destroy();
    },
  };
  return { ...store, probe: () => probeStore(store) };
}

/** Page by page, so that a bucket of millions needs the memory of one page. */
async function* pagesOfKeys(
  client: S3Client,
  options: S3StoreOptions,
  prefix: string,
): AsyncGenerator<string[]> {
  let token: string | undefined;
  do {
    const page = await client
      .send(
        new ListObjectsV2Command({
          Bucket: options.bucket,
          Prefix: prefix,
          MaxKeys: options.listPageSize ?? 1000,
          ContinuationToken: token,
        }),
      )
      .catch((error) => {
        throw fromS3Error(error, options);
      });
    const keys = (page.Contents ?? []).map((entry) => entry.Key ?? '');
    yield keys.filter(isObjectKey); // the bucket may hold other things
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

/**
 * The client's own time-outs end with the headers: without this a stalled body would wait for ever.
 */
async function readBody(
  body: { transformToByteArray(): Promise<Uint8Array>; destroy?(): unknown } | undefined,
  timeoutMs: number,
): Promise<Buffer> {
  if (!body) return Buffer.alloc(0);
  const timedOut = () => Object.assign(new Error('the body stalled'), { name: 'TimeoutError' });
  try {
    const bytes = await withDeadline(body.transformToByteArray(), timeoutMs, timedOut);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (error) {
    body.destroy?.(); // frees the socket
    throw error;
  }
}

const hashOf = (body: Buffer) => createHash('sha256').update(body).digest('hex');

/**
 * Detects other bytes than were stored, for instance from a proxy. Objects of other programs have
 * no hash and are not checked.
 */
function assertSameBytes(body: Buffer, metadata: Record<string, string> | undefined): void {
  const hash = metadata?.[HASH_ATTRIBUTE];
  if (hash === undefined || hash === hashOf(body)) return;
  throw new AppError('storage_unavailable', {
    detail:
      'The bucket gave other bytes than were put: check what stands between it and Cardpress.',
  });
}

function toStoredObject(
  key: string,
  answer: Pick<
    HeadObjectCommandOutput,
    'ContentLength' | 'ContentType' | 'ETag' | 'LastModified' | 'Metadata'
  >,
): StoredObject {
  const { [HASH_ATTRIBUTE]: hash, ...attributes } = answer.Metadata ?? {};
  return {
    key,
    bytes: answer.ContentLength ?? 0,
    // S3's own ETag is no hash of the bytes if they are encrypted with KMS.
    etag: hash ?? (answer.ETag ?? '').replaceAll('"', ''),
    modifiedAt: answer.LastModified ?? new Date(0),
    info: {
      contentType: answer.ContentType ?? 'application/octet-stream',
      attributes: decodeAttributes(attributes),
    },
  };
}

function noSuchBucket(cause: unknown, options: S3StoreOptions): AppError {
  return fromS3Error(
    Object.assign(new Error('no such bucket', { cause }), { name: 'NoSuchBucket' }),
    options,
  );
}
