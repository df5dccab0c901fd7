import { randomUUID } from 'node:crypto';
import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { AppError, toAppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/catalogue.js';
import { PREVIEW_JOB, REPLY_TTL_MS, replyKey } from './render-jobs.js';

/** Where requests to workers go. A requester sees this of a queue and nothing else. */
export interface AskedQueue<Data> {
  add(name: string, data: Data, job: { jobId: string; priority?: number }): Promise<unknown>;
  remove(jobId: string): Promise<unknown>;
}

export function createAskedQueue<Data>(bull: Queue): AskedQueue<Data> {
  return {
    add: (name, data, job) => bull.add(name, data, { ...PREVIEW_JOB, ...job }),
    remove: (jobId) => bull.remove(jobId),
  };
}

export interface Question<Data> {
  /** Prefix of the job's id. */
  name: string;
  data: Data;
  /** Absent if the queue has no priorities. */
  priority?: number;
  timeoutMs: number;
  /** What timed out, for the error message after "No worker ": "drew the preview". */
  wanted: string;
  signal?: AbortSignal | undefined;
}

/** The answer: a JSON head and, if any, bytes. */
export interface WorkerAnswer<Head> {
  head: Head;
  body: Buffer;
}

interface Failure {
  error?: { code: ErrorCode; detail: string };
}

/**
 * Packs an answer into one buffer: length of the head (4 bytes, big endian), head as JSON, bytes.
 */
export function packReply(head: object & Failure, body: Buffer): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, body]);
}

function unpackReply<Head>(reply: Buffer): WorkerAnswer<Head> {
  const length = reply.readUInt32BE(0);
  const { error, ...head } = JSON.parse(reply.subarray(4, 4 + length).toString()) as Failure;
  if (error) throw new AppError(error.code, { detail: error.detail });
  return { head: head as Head, body: reply.subarray(4 + length) };
}

/** Stores an answer for its requester. It expires in case the requester is gone. */
export async function storeReply(redis: Redis, jobId: string, reply: Buffer): Promise<void> {
  const key = replyKey(jobId);
  await redis.multi().rpush(key, reply).pexpire(key, REPLY_TTL_MS).exec();
}

/**
 * Sends a request to a worker and waits for the answer. The answer is a list with one entry under
 * its own key, so that the requester can block on it; it expires if nobody waits any more.
 * @param connect Opens the connection that blocks; it is closed after use.
 * @throws AppError `preview_timeout`, `cancelled`, `redis_unavailable`, or the error of the worker
 */
export async function askWorker<Data, Head>(
  queue: AskedQueue<Data>,
  connect: () => Redis,
  question: Question<Data>,
): Promise<WorkerAnswer<Head>> {
  const { name, data, priority, timeoutMs, signal } = question;
  const cancelled = () => new AppError('cancelled', { detail: 'Nobody waits for it any more.' });
  if (signal?.aborted) throw cancelled();
  const jobId = `${name}-${randomUUID()}`;
  const redis = connect();
  const disconnect = () => redis.disconnect();
  signal?.addEventListener('abort', disconnect, { once: true });
  try {
    await queue.add(name, data, { jobId, ...(priority === undefined ? {} : { priority }) });
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
    signal?.removeEventListener('abort', disconnect);
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
 * The worker's side: does the work and stores the answer or the error. Throws only errors that
 * another attempt may solve.
 */
export async function answerRequest(
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
  await storeReply(redis, String(job.id), reply);
}
