import type { Redis } from 'ioredis';
import type { ImageError, ImageRecord, ImageStatus } from '../images/image.js';
import type { CompletedImage, Deletion, ImageRecords, TraceEvent } from '../images/ports.js';
import { redisKeys } from '../lib/redis-keys.js';
import { docOf, parseImage, toHash } from './image-document.js';
import {
  claimScript,
  deleteScript,
  endReviewScript,
  moveScript,
  noteDeletionScript,
  restoreScript,
  traceScript,
} from './image-scripts.js';
import { answersOf, evalScript, withRedis } from './redis-connections.js';
import { createSettledSignals } from './settled-signals.js';

const keys = redisKeys.images;

/** Far longer than any reader waits: waiters of a dead process expire then. */
const WAITER_TTL_MS = 60_000;
/** Events kept for one image; the oldest are dropped. */
const TRACE_LENGTH = 50;

/** Image records in Redis. `subscriber` is a separate connection for Pub/Sub. */
export function createImageRecords(redis: Redis, subscriber: Redis): ImageRecords {
  const signals = createSettledSignals(subscriber, keys.settledChannel);

  async function get(id: string): Promise<ImageRecord | undefined> {
    return withRedis(async () => parseImage(id, await redis.hgetall(keys.record(id))));
  }

  async function move(
    id: string,
    generation: number,
    status: ImageStatus,
    field: '' | 'result' | 'error',
    value: unknown,
    event: TraceEvent | undefined,
  ): Promise<ImageRecord | undefined> {
    return withRedis(async () => {
      const flat = await evalScript(
        redis,
        moveScript,
        6,
        keys.record(id),
        keys.all,
        keys.open,
        keys.watchers(id),
        keys.settledStream,
        keys.trace(id),
        id,
        generation,
        status,
        field,
        field ? JSON.stringify(value) : '',
        field ? new Date().toISOString() : '',
        keys.statusPrefix,
        keys.settledChannel,
        event ? JSON.stringify(event) : '',
        TRACE_LENGTH,
      );
      return flat === null ? undefined : parseImage(id, toHash(flat));
    });
  }

  async function endReview(id: string, status: 'queued' | 'failed', error: ImageError | undefined) {
    return withRedis(async () => {
      const now = new Date();
      const flat = await evalScript(
        redis,
        endReviewScript,
        5,
        keys.record(id),
        keys.all,
        keys.open,
        keys.watchers(id),
        keys.settledStream,
        id,
        status,
        error ? JSON.stringify(error) : '',
        now.getTime(),
        now.toISOString(),
        keys.statusPrefix,
      );
      return flat === null ? undefined : parseImage(id, toHash(flat));
    });
  }

  /** Newest first. The cursor names the last one seen: `<score>-<id>`. */
  async function page(set: string, cursor: string | undefined, limit: number): Promise<string[]> {
    const [, score, last] = /^(\d+)-([a-z2-7]+)$/.exec(cursor ?? '') ?? [];
    const start = score ?? '+inf';
    const ids: string[] = [];
    let offset = 0;
    let passed = last === undefined;
    while (ids.length < limit) {
      const chunk = await redis.zrange(
        set,
        start,
        '-inf',
        'BYSCORE',
        'REV',
        'LIMIT',
        offset,
        limit * 2,
        'WITHSCORES',
      );
      for (let i = 0; i + 1 < chunk.length && ids.length < limit; i += 2) {
        const id = String(chunk[i]);
        // Members of equal score come in reverse order of their names.
        if (!passed && (chunk[i + 1] !== score || id < String(last))) passed = true;
        if (passed) ids.push(id);
      }
      if (chunk.length < limit * 4) break;
      offset += limit * 2;
    }
    return ids;
  }

  async function getMany(ids: string[]): Promise<(ImageRecord | undefined)[]> {
    const pipeline = redis.pipeline();
    for (const id of ids) pipeline.hgetall(keys.record(id));
    const hashes = answersOf(await pipeline.exec()) as Record<string, string>[];
    return hashes.map((hash, i) => parseImage(String(ids[i]), hash));
  }

  const cursorOf = (record: ImageRecord) => `${Date.parse(record.createdAt)}-${record.id}`;

  return {
    get,
    getMany: (ids) => withRedis(() => getMany(ids)),
    async areActive(ids) {
      if (ids.length === 0) return [];
      const scores = await withRedis(() => redis.zmscore(`${keys.statusPrefix}active`, ...ids));
      return scores.map((score) => score !== null);
    },

    async claim(draft, { refresh, watcher, mayRevive = true, waiter }) {
      return withRedis(async () => {
        const [kind, flat, back] = (await evalScript(
          redis,
          claimScript,
          7,
          keys.record(draft.id),
          keys.all,
          keys.byTemplate(draft.spec.templateId),
          keys.open,
          keys.watchers(draft.id),
          keys.deleted,
          keys.waiters(draft.id),
          draft.id,
          docOf(draft),
          Date.parse(draft.createdAt),
          refresh ? '1' : '0',
          keys.statusPrefix,
          draft.status,
          watcher ?? '',
          mayRevive ? '1' : '0',
          waiter ?? '',
          WAITER_TTL_MS,
        )) as ['opened' | 'joined' | 'stored' | 'deleted', unknown, number | undefined];
        const record = parseImage(draft.id, toHash(flat)) ?? draft;
        return { kind, record, ...(back === 1 ? { wasDeleted: true } : {}) };
      });
    },

    async restore(record, options = {}) {
      const result: CompletedImage = {
        widthPx: record.widthPx,
        heightPx: record.heightPx,
        bytes: record.bytes,
        warnings: record.warnings,
        timings: record.timings,
      };
      const written = await withRedis(() =>
        evalScript(
          redis,
          restoreScript,
          5,
          keys.record(record.id),
          keys.all,
          keys.byTemplate(record.spec.templateId),
          keys.open,
          keys.deleted,
          record.id,
          docOf(record),
          JSON.stringify(result),
          Date.parse(record.createdAt),
          record.completedAt ?? record.createdAt,
          keys.statusPrefix,
          options.onlyIfAbsent ? '1' : '0',
          (options.mayRevive ?? !options.onlyIfAbsent) ? '1' : '0',
        ),
      );
      return written === 1;
    },

    async list({ template, status, cursor, limit }) {
      return withRedis(async () => {
        const set = template
          ? keys.byTemplate(template)
          : status
            ? keys.statusPrefix + status
            : keys.all;
        const records: ImageRecord[] = [];
        let from = cursor;
        for (;;) {
          const ids = await page(set, from, limit);
          const found = (await getMany(ids)).filter((r) => r !== undefined);
          for (const record of found) {
            if (status && record.status !== status) continue;
            records.push(record);
            if (records.length === limit) return { records, nextCursor: cursorOf(record) };
          }
          const last = found.at(-1);
          if (ids.length < limit || !last) return { records, nextCursor: undefined };
          from = cursorOf(last);
        }
      });
    },

    start: (id, generation, event) => move(id, generation, 'active', '', undefined, event),
    complete: (id, generation, result, event) =>
      move(id, generation, 'completed', 'result', result, event),
    fail: (id, generation, error, event) => move(id, generation, 'failed', 'error', error, event),

    approve: (id) => endReview(id, 'queued', undefined),
    refuse: (id, error) => endReview(id, 'failed', error),

    async delete(id) {
      return withRedis(async () => {
        const record = await get(id);
        if (!record) return false;
        const deletion: Deletion = { key: record.key, at: new Date().toISOString() };
        const deleted = await evalScript(
          redis,
          deleteScript,
          8,
          keys.record(id),
          keys.all,
          keys.byTemplate(record.spec.templateId),
          keys.open,
          keys.trace(id),
          keys.watchers(id),
          keys.settledStream,
          keys.deleted,
          id,
          keys.statusPrefix,
          JSON.stringify(deletion),
        );
        return deleted === 1;
      });
    },

    async deletionOf(id) {
      const text = await withRedis(() => redis.hget(keys.deleted, id));
      return text === null ? undefined : (JSON.parse(text) as Deletion);
    },

    async noteDeletion(id, deletion) {
      const note = JSON.stringify(deletion);
      const names = [keys.record(id), keys.deleted];
      return (
        (await withRedis(() => evalScript(redis, noteDeletionScript, 2, ...names, id, note))) === 1
      );
    },

    async addTrace(id, event) {
      const names = [keys.record(id), keys.trace(id)];
      await withRedis(() =>
        evalScript(redis, traceScript, 2, ...names, JSON.stringify(event), TRACE_LENGTH),
      );
    },

    async trace(id) {
      return withRedis(async () => {
        const events = await redis.lrange(keys.trace(id), 0, -1);
        return events.map((event) => JSON.parse(event) as TraceEvent);
      });
    },

    async waitForSettled(id, generation, timeoutMs) {
      let record: ImageRecord | undefined;
      const settled = await withRedis(() =>
        signals.wait(`${id} ${generation}`, timeoutMs, async () => {
          record = await get(id);
          if (!record) return true;
          const open = record.status === 'queued' || record.status === 'active';
          return record.generation > generation || !open;
        }),
      );
      return settled ? record : undefined;
    },

    async unsettled(olderThanMs, limit) {
      return withRedis(async () => {
        const now = Date.now();
        // A time in the future means that a clock was set back: the real age is unknown.
        const [old, ahead] = await Promise.all([
          redis.zrangebyscore(keys.open, 0, now - olderThanMs, 'LIMIT', 0, limit),
          redis.zrangebyscore(keys.open, now + olderThanMs, '+inf', 'LIMIT', 0, limit),
        ]);
        const records = await getMany([...new Set([...old, ...ahead])].slice(0, limit));
        return records
          .filter((record) => record !== undefined)
          .map(({ id, generation }) => ({ id, generation }));
      });
    },
  };
}
