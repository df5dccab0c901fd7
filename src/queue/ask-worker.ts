import { randomUUID } from 'node:crypto';
import type { Job, JobsOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { AppError, toAppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/catalogue.js';
import { PREVIEW_JOB, REPLY_TTL_MS, replyKey } from './render-jobs.js';

/** What is used of a queue of BullMQ. */
export interface AskedQueue<Data> {
  add(name: string, data: Data, options: JobsOptions): Promise<unknown>;
  remove(jobId: string): Promise<unknown>;
}

export interface Question<Data> {
  /** Begins the job's id. */
  name: string;
  data: Data;
  /** Absent where the queue has none. */
  priority?: number;
  timeoutMs: number;
  /** What nobody did in time, after "No worker ": "drew the preview". */
  wanted: string;
  signal?: AbortSignal | undefined;
}

/** JSON, and bytes where there are any. */
export interface Answer<Head> {
  head: Head;
  body: Buffer;
}

interface Failure {
  error?: { code: ErrorCode; detail: string };
}

/** One buffer: the length of the head as 4 bytes, the head as JSON, the bytes. */
export function packReply(head: object & Failure, body: Buffer): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, body]);
}

function unpackReply<Head>(reply: Buffer): Answer<Head> {
  const length = reply.readUInt32BE(0);
  const { error, ...head } = JSON.parse(reply.subarray(4, 4 + length).toString()) as Failure;
  if (error) throw new AppError(error.code, { detail: error.detail });
  return { head: head as Head, body: reply.subarray(4 + length) };
}

/** Leaves an answer for its asker, who may be gone: then it expires. */
export async function leaveReply(redis: Redis, jobId: string, reply: Buffer): Promise<void> {
  const key = replyKey(jobId);
  await redis.multi().rpush(key, reply).pexpire(key, REPLY_TTL_MS).exec();
}

/**
 * Asks a worker for something and waits for it. The answer is a list of one entry under a key of
 * its own, so that the asker can block on it; it expires where nobody waits any more.
 * `connect` opens the connection that blocks; it is closed again after use.
 * @throws AppError `preview_timeout`, `cancelled`, `redis_unavailable`, or what the worker said
 */
export async function askWorker<Data, Head>(
  queue: AskedQueue<Data>,
  connect: () => Redis,
  question: Question<Data>,
): Promise<Answer<Head>> {
  const { name, data, priority, timeoutMs, signal } = question;
  const cancelled = () => new AppError('cancelled', { detail: 'Nobody waits for it any more.' });
  if (signal?.aborted) throw cancelled();
  const jobId = `${name}-${randomUUID()}`;
  const redis = connect();
  const hangUp = () => redis.disconnect();
  signal?.addEventListener('abort', hangUp, { once: true });
  try {
    const place = priority === undefined ? {} : { priority };
    await queue.add(name, data, { ...PREVIEW_JOB, jobId, ...place });
    const answer = await redis.blpopBuffer(replyKey(jobId), timeoutMs / 1000);
    const reply = answer?.[1];
    if (reply) return unpackReply<Head>(reply);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    if (!signal?.aborted) {
      throw new AppError('redis_unavailable', {
        detail: 'Redis cannot be reached. Try again shortly.',
        retryAfterSeconds: 5,
        cause,
      });
    }
  } finally {
    signal?.removeEventListener('abort', hangUp);
    redis.disconnect();
  }
  await queue.remove(jobId).catch(() => undefined);
  if (signal?.aborted) throw cancelled();
  throw new AppError('preview_timeout', {
    detail: `No worker ${question.wanted} within ${timeoutMs / 1000} seconds.`,
    retryAfterSeconds: 5,
  });
}

/**
 * The worker's side: does what was asked and leaves the answer, or the reason why there is none.
 * Throws only what another attempt may mend.
 */
export async function answerAsker(
  job: Pick<Job, 'id' | 'attemptsMade' | 'opts'>,
  redis: Redis,
  work: () => Promise<{ head: object; body?: Buffer }>,
): Promise<void> {
  const isLastAttempt = job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
  let reply: Buffer;
  try {
    const { head, body = Buffer.alloc(0) } = await work();
    reply = packReply(head, body);
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.retryable && !isLastAttempt) throw error;
    reply = packReply({ error: { code: error.code, detail: error.detail } }, Buffer.alloc(0));
  }
  await leaveReply(redis, String(job.id), reply);
}
