import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { AppError, toAppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/catalogue.js';
import { replyKey } from './render-jobs.js';

/** A requester that is still connected reads its reply at once; other replies expire after this. */
const REPLY_TTL_MS = 60_000;

/** A worker's reply to a request: a head that fits JSON, and bytes, which may be none. */
export interface WorkerReply<Head> {
  head: Head;
  body: Buffer;
}

interface Failure {
  error?: { code: ErrorCode; detail: string };
}

/**
 * Packs a reply into one buffer: length of the head (4 bytes, big endian), head as JSON, body.
 */
function packReply({ head, body }: WorkerReply<object & Failure>): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, body]);
}

/** @throws AppError if the reply is an error */
export function unpackReply<Head>(packed: Buffer): WorkerReply<Head> {
  const length = packed.readUInt32BE(0);
  const { error, ...head } = JSON.parse(packed.subarray(4, 4 + length).toString()) as Failure;
  if (error) throw new AppError(error.code, { detail: error.detail });
  return { head: head as Head, body: packed.subarray(4 + length) };
}

async function storeReply(redis: Redis, jobId: string, packed: Buffer): Promise<void> {
  const key = replyKey(jobId);
  await redis.multi().rpush(key, packed).pexpire(key, REPLY_TTL_MS).exec();
}

function packError({ code, detail }: AppError): Buffer {
  return packReply({ head: { error: { code, detail } }, body: Buffer.alloc(0) });
}

/** Stores an error as the reply; `requestFromWorker` throws it on the requester's side. */
export function replyWithError(redis: Redis, jobId: string, error: AppError): Promise<void> {
  return storeReply(redis, jobId, packError(error));
}

/**
 * Does the work of a request and stores the result or the error as the reply. Throws only errors
 * that another attempt may solve.
 */
export async function replyToRequest(
  job: Pick<Job, 'id' | 'attemptsMade' | 'opts'>,
  redis: Redis,
  work: () => Promise<{ head: object; body?: Buffer }>,
): Promise<void> {
  const isLastAttempt = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
  let packed: Buffer;
  try {
    const { head, body = Buffer.alloc(0) } = await work();
    packed = packReply({ head, body });
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.retryable && !isLastAttempt) throw error;
    packed = packError(error);
  }
  await storeReply(redis, String(job.id), packed);
}
