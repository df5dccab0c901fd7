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
/** For one that still reads its file, which can be large. */
const LOAD_TIMEOUT_MS = 15_000;
/** A connection that was just closed is still listed for a moment. */
const FAREWELL_MS = 50;
const FAREWELL_LOOKS = 4;

export async function shutDown(url: string, timeoutMs = ANSWER_TIMEOUT_MS): Promise<void> {
  const redis = connectForRequests(url);
  try {
    await untilReady(redis, timeoutMs);
    // It closes the connection instead of answering.
    await redis.call('SHUTDOWN').catch(() => undefined);
  } catch {
    // Nothing answers, so nothing is left to be shut down.
  } finally {
    redis.disconnect();
  }
}

async function clientCount(redis: Redis): Promise<number> {
  const list = String(await redis.call('CLIENT', 'LIST'));
  return list.split('\n').filter((line) => line !== '').length;
}

/** Whether anybody is connected but this look itself. */
export async function isUsedByOthers(url: string, timeoutMs = ANSWER_TIMEOUT_MS): Promise<boolean> {
  const redis = connectForRequests(url);
  try {
    await untilReady(redis, timeoutMs);
    for (let looks = 1; looks <= FAREWELL_LOOKS; looks += 1) {
      if ((await clientCount(redis)) === 1) return false;
      await sleep(FAREWELL_MS);
    }
    return true;
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

/** Where earlier versions had the socket: under a name that anybody can guess, and take. */
export function formerSocketPath(directory: string): string {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  return join(tmpdir(), `cardpress-${process.getuid?.() ?? 0}-${name}.sock`);
}

/**
 * Ends a server that an earlier version left on this folder: a second one on its file would spoil
 * it. What anybody else has put under that name is never spoken to.
 * @throws Error where an earlier version still uses it
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
