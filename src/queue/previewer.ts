import { randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/catalogue.js';
import type { Preview, Previewer } from '../images/ports.js';
import type { Warning } from '../templates/template.js';
import { type JobData, PREVIEW_JOB, PRIORITY, REPLY_TTL_MS, replyKey } from './render-jobs.js';

interface ReplyHead {
  contentType: string;
  widthPx: number;
  heightPx: number;
  warnings: Warning[];
  error?: { code: ErrorCode; detail: string };
}

/** One buffer: the length of the head as 4 bytes, the head as JSON, the picture. */
export function packReply(head: ReplyHead, body: Buffer): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, body]);
}

function unpackReply(reply: Buffer): Preview {
  const length = reply.readUInt32BE(0);
  const head = JSON.parse(reply.subarray(4, 4 + length).toString()) as ReplyHead;
  if (head.error) throw new AppError(head.error.code, { detail: head.error.detail });
  const { contentType, widthPx, heightPx, warnings } = head;
  return { contentType, widthPx, heightPx, warnings, body: reply.subarray(4 + length) };
}

/**
 * Asks a worker for a picture and waits for it. The answer is a list of one entry under a key of
 * its own, so that the asker can block on it; it expires where nobody waits any more.
 * `connect` opens the connection that blocks; it is closed again after use.
 */
export function createPreviewer(bull: Queue<JobData>, connect: () => Redis): Previewer {
  return {
    async preview(spec, timeoutMs) {
      const jobId = `preview-${randomUUID()}`;
      const redis = connect();
      try {
        await bull.add(
          'preview',
          { kind: 'preview', spec },
          {
            ...PREVIEW_JOB,
            jobId,
            priority: PRIORITY.waiting,
          },
        );
        const answer = await redis.blpopBuffer(replyKey(jobId), timeoutMs / 1000);
        const reply = answer?.[1];
        if (reply) return unpackReply(reply);
      } catch (cause) {
        if (cause instanceof AppError) throw cause;
        throw new AppError('redis_unavailable', {
          detail: 'Redis cannot be reached. Try again shortly.',
          retryAfterSeconds: 5,
          cause,
        });
      } finally {
        redis.disconnect();
      }
      await bull.remove(jobId).catch(() => undefined);
      throw new AppError('preview_timeout', {
        detail: `No worker drew the preview within ${timeoutMs / 1000} seconds.`,
        retryAfterSeconds: 5,
      });
    },
  };
}

/** Leaves the answer to a preview for its asker. */
export async function leaveReply(redis: Redis, jobId: string, reply: Buffer): Promise<void> {
  const key = replyKey(jobId);
  await redis.multi().rpush(key, reply).pexpire(key, REPLY_TTL_MS).exec();
}
