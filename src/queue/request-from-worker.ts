import { randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { AppError } from '../errors/app-error.js';
import { REQUEST_JOB, replyKey } from './render-jobs.js';
import { unpackReply, type WorkerReply } from './worker-reply.js';

/** The part of a queue that requests to workers need. */
export interface RequestQueue<Data> {
  add(name: string, data: Data, job: { jobId: string; priority?: number }): Promise<unknown>;
  remove(jobId: string): Promise<unknown>;
}

export function createRequestQueue<Data>(bull: Queue): RequestQueue<Data> {
  return {
    add: (name, data, job) => bull.add(name, data, { ...REQUEST_JOB, ...job }),
    remove: (jobId) => bull.remove(jobId),
  };
}

export interface WorkerRequest<Data> {
  /** Name of the job and prefix of its id. */
  name: string;
  data: Data;
  /** Absent if the queue has no priorities. */
  priority?: number;
  /** Limit for the reply, including the wait for a worker. */
  timeoutMs: number;
  /** Verb and object for the error message of a timeout: "No worker <action> within 5 seconds." */
  action: string;
  signal?: AbortSignal | undefined;
}

/**
 * Sends a request to a worker and waits for the reply. The reply is a list with one entry under its
 * own key, so that the requester can block on it.
 * @param connect Opens the connection that blocks; it is closed after use.
 * @throws AppError `preview_timeout`, `cancelled`, `redis_unavailable`, or the error of the worker
 */
export async function requestFromWorker<Data, Head>(
  queue: RequestQueue<Data>,
  connect: () => Redis,
  request: WorkerRequest<Data>,
): Promise<WorkerReply<Head>> {
  const { name, data, priority, timeoutMs, signal } = request;
  const cancelled = () => new AppError('cancelled', { detail: 'Nobody waits for it any more.' });
  if (signal?.aborted) throw cancelled();
  const jobId = `${name}-${randomUUID()}`;
  const redis = connect();
  const disconnect = () => redis.disconnect();
  signal?.addEventListener('abort', disconnect, { once: true });
  try {
    await queue.add(name, data, { jobId, ...(priority === undefined ? {} : { priority }) });
    const popped = await redis.blpopBuffer(replyKey(jobId), timeoutMs / 1000);
    const packed = popped?.[1];
    if (packed) return unpackReply<Head>(packed);
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
    detail: `No worker ${request.action} within ${timeoutMs / 1000} seconds.`,
    retryAfterSeconds: 5,
  });
}
