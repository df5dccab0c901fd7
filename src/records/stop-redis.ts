import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { isListening } from './is-listening.js';
import { connectForRequests, untilReady } from './redis-connections.js';
import { isOwnSocket } from './redis-socket.js';

const ANSWER_TIMEOUT_MS = 1_000;
/** For a server that is still loading its file, which can be large. */
const LOAD_TIMEOUT_MS = 15_000;
/** A connection that was just closed is listed a moment longer. */
const POLL_MS = 50;
const MAX_POLLS = 4;

export async function shutDown(url: string, timeoutMs = ANSWER_TIMEOUT_MS): Promise<void> {
  const redis = connectForRequests(url);
  try {
    await untilReady(redis, timeoutMs);
    // SHUTDOWN closes the connection instead of replying.
    await redis.call('SHUTDOWN').catch(() => undefined);
  } catch {
    // No server answers, so there is none to shut down.
  } finally {
    redis.disconnect();
  }
}

async function clientCount(redis: Redis): Promise<number> {
  const list = String(await redis.call('CLIENT', 'LIST'));
  return list.split('\n').filter((line) => line !== '').length;
}

/** Whether any other client than this one is connected. */
export async function isUsedByOthers(url: string, timeoutMs = ANSWER_TIMEOUT_MS): Promise<boolean> {
  const redis = connectForRequests(url);
  try {
    await untilReady(redis, timeoutMs);
    for (let looks = 1; looks <= MAX_POLLS; looks += 1) {
      if ((await clientCount(redis)) === 1) return false;
      await sleep(POLL_MS);
    }
    return true;
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

/** Socket path of earlier versions: a name that anybody could guess and occupy. */
export function formerSocketPath(directory: string): string {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  return join(tmpdir(), `cardpress-${process.getuid?.() ?? 0}-${name}.sock`);
}

/**
 * Stops a server that an earlier version left for this folder, because two servers would corrupt
 * one file. A socket of another user under that name is never contacted.
 * @throws Error if an earlier version still uses the server
 */
export async function endFormerRedis(directory: string): Promise<void> {
  const socket = formerSocketPath(directory);
  if (!(await isOwnSocket(socket))) return;
  if (await isListening(socket)) {
    const url = `unix://${socket}`;
    if (!(await isUsedByOthers(url, LOAD_TIMEOUT_MS))) await shutDown(url);
    if (await isListening(socket)) {
      throw new Error(
        `an earlier version of Cardpress still works on ${directory} (its Redis answers at ${socket}). ` +
          'Stop it, then start this one.',
      );
    }
  }
  await rm(socket, { force: true });
}
