import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { SettledEvent } from '../images/ports.js';
import { createInterruption } from '../lib/interruption.js';
import { redisKeys } from '../lib/redis-keys.js';
import { withRedis } from './redis-connections.js';

const STREAM = redisKeys.images.settledStream;
const GROUP = 'cardpress';

const READ_AT_ONCE = 100;
/**
 * Minimum time between two reads: each costs Redis three synced writes, however much it returns. An
 * image that is settled after a pause is reported at once.
 */
const INTERVAL_MS = 100;
const BLOCK_MS = 2_000;
/** Entries that a consumer did not finish in this time are taken over by another. */
const TAKE_OVER_AFTER_MS = 15_000;
const PAUSE_AFTER_ERROR_MS = 1_000;

type Entry = [id: string, fields: string[]];

function parse(fields: string[]): SettledEvent {
  const pairs = new Map<string, string>();
  for (let i = 0; i + 1 < fields.length; i += 2)
    pairs.set(String(fields[i]), String(fields[i + 1]));
  return {
    imageId: pairs.get('id') ?? '',
    generation: Number(pairs.get('generation')),
    status: pairs.get('status') as SettledEvent['status'],
    watchers: JSON.parse(pairs.get('watchers') ?? '[]') as string[],
  };
}

/**
 * Delivers every entry of the stream to one of the listening processes, at least once: an entry is
 * removed when `handle` has returned; entries of a dead process are taken over. `blocking` is a
 * separate connection that blocks; `redis` serves the rest.
 */
export function createSettledStream(blocking: Redis, redis: Redis) {
  const consumer = randomUUID();
  let running = false;
  let ended: Promise<void> = Promise.resolve();
  /**
   * Closing its connection does not end a command that waits for an unreachable Redis; this does.
   */
  const { interrupt, unlessInterrupted } = createInterruption();

  async function prepare(): Promise<void> {
    await blocking.xgroup('CREATE', STREAM, GROUP, '0', 'MKSTREAM').catch((error: Error) => {
      if (!error.message.includes('BUSYGROUP')) throw error;
    });
  }

  async function takeOver(): Promise<Entry[]> {
    const answer = (await blocking.xautoclaim(
      STREAM,
      GROUP,
      consumer,
      TAKE_OVER_AFTER_MS,
      '0',
      'COUNT',
      READ_AT_ONCE,
    )) as [string, Entry[], string[]];
    // An entry that was deleted while pending has no fields.
    return answer[1].filter((entry) => Array.isArray(entry?.[1]));
  }

  async function readNew(): Promise<Entry[]> {
    const answer = (await blocking.xreadgroup(
      'GROUP',
      GROUP,
      consumer,
      'COUNT',
      READ_AT_ONCE,
      'BLOCK',
      BLOCK_MS,
      'STREAMS',
      STREAM,
      '>',
    )) as [string, Entry[]][] | null;
    return answer?.[0]?.[1] ?? [];
  }

  return {
    /**
     * Starts to listen. `handle` gets all events since its last call at once; if it throws, each
     * event separately. An error of a single event goes to `onError`, and the event comes again.
     */
    start(
      handle: (events: SettledEvent[]) => Promise<void>,
      onError: (error: unknown) => void,
    ): void {
      running = true;
      let tookOverAt = Number.NEGATIVE_INFINITY;

      async function handleTogether(entries: Entry[]): Promise<void> {
        await handle(entries.map(([, fields]) => parse(fields)));
        const ids = entries.map(([id]) => id);
        await redis
          .multi()
          .xack(STREAM, GROUP, ...ids)
          .xdel(STREAM, ...ids)
          .exec();
      }

      async function handleAll(entries: Entry[]): Promise<void> {
        if (entries.length === 0) return;
        if (entries.length > 1) {
          try {
            await handleTogether(entries);
            return;
          } catch {
            // One of them may fail the others: below, each is handled separately.
          }
        }
        await Promise.all(entries.map((entry) => handleTogether([entry]).catch(onError)));
      }

      async function readOnce(): Promise<void> {
        if (performance.now() - tookOverAt > TAKE_OVER_AFTER_MS) {
          await handleAll(await unlessInterrupted(takeOver()));
          tookOverAt = performance.now();
        }
        const entries = await unlessInterrupted(readNew());
        const readAt = performance.now();
        await handleAll(entries);
        const leftMs = INTERVAL_MS - (performance.now() - readAt);
        if (entries.length > 0 && leftMs > 0) await unlessInterrupted(setTimeout(leftMs));
      }

      async function listen(): Promise<void> {
        let ready = false;
        while (running) {
          try {
            if (!ready) await unlessInterrupted(prepare());
            ready = true;
            await readOnce();
          } catch (error) {
            if (!running) return;
            // Redis may have restarted without the consumer group.
            ready = false;
            onError(error);
            await unlessInterrupted(setTimeout(PAUSE_AFTER_ERROR_MS)).catch(() => undefined);
          }
        }
      }
      ended = listen();
    },

    /** Stops at once; entries in flight are finished. */
    async stop(): Promise<void> {
      running = false;
      interrupt(new Error('stopped'));
      blocking.disconnect();
      await ended;
    },

    /** Entries that are not handled yet. */
    backlog: () => withRedis(() => redis.xlen(STREAM)),
  };
}
