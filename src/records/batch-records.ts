import type { Redis } from 'ioredis';
import type { Batch, BatchSpec, BatchStatus, Flight, ItemResult } from '../batches/batch.js';
import type { BatchRecords, NewBatch } from '../batches/ports.js';
import { redisKeys } from '../lib/redis-keys.js';
import { createBatchRows, ROWS_PER_CHUNK } from './batch-rows.js';
import {
  cancelScript,
  closeScript,
  createBatchScript,
  endItemsScript,
  finishScript,
  leadScript,
  markInFlightScript,
  retryScript,
  stepDownScript,
  takenScript,
} from './batch-scripts.js';
import { answersOf, evalScript, withRedis } from './redis-connections.js';

const keys = redisKeys.batches;

export { ROWS_PER_CHUNK };

function parse(id: string, hash: Record<string, string>): Batch | undefined {
  if (!hash.status || !hash.spec) return undefined;
  const count = (name: string) => Number(hash[`n:${name}`] ?? 0);
  return {
    id,
    status: hash.status as BatchStatus,
    spec: JSON.parse(hash.spec) as BatchSpec,
    total: Number(hash.total),
    fed: Number(hash.fed),
    ended: {
      completed: count('completed'),
      reused: count('reused'),
      failed: count('failed'),
      review: count('review'),
    },
    run: Number(hash.run),
    notes: JSON.parse(hash.notes ?? '[]') as string[],
    createdAt: hash.created_at ?? '',
    ...(hash.rate ? { rate: Number(hash.rate) } : {}),
    ...(hash.finished_at ? { finishedAt: hash.finished_at } : {}),
  };
}

function packResult({ imageId, key, warnings, error }: ItemResult): string {
  return JSON.stringify({
    ...(imageId ? { i: imageId } : {}),
    ...(key ? { k: key } : {}),
    ...(warnings.length > 0 ? { w: warnings } : {}),
    ...(error ? { e: error } : {}),
  });
}

function unpackResult(stored: string): ItemResult {
  const space = stored.indexOf(' ');
  const { i, k, w, e } = JSON.parse(stored.slice(space + 1));
  return {
    status: stored.slice(0, space) as ItemResult['status'],
    warnings: w ?? [],
    ...(i ? { imageId: i } : {}),
    ...(k ? { key: k } : {}),
    ...(e ? { error: e } : {}),
  };
}

/** `<j or o> <image id>[ <warnings>]` */
function readFlight(row: number, entry: string): Flight {
  const [, imageId = '', warnings] = /^. (\S+)(?: (.*))?$/s.exec(entry) ?? [];
  return { row, imageId, warnings: warnings ? JSON.parse(warnings) : [] };
}

export interface BatchRecordsOptions {
  /** How long a finished batch is kept: its record, its rows and their results. */
  retentionDays: number;
}

/** Batch records in Redis. The caller owns the client. */
export function createBatchRecords(redis: Redis, options: BatchRecordsOptions): BatchRecords {
  const ttlSeconds = options.retentionDays * 24 * 3600;
  const stored = createBatchRows(redis, keys.rows);
  const run = (script: string, keys: string[], ...args: (string | number)[]) =>
    withRedis(() => evalScript(redis, script, keys.length, ...keys, ...args));

  async function get(id: string): Promise<Batch | undefined> {
    return withRedis(async () => parse(id, await redis.hgetall(keys.record(id))));
  }

  async function changed(answer: unknown, id: string): Promise<Batch | undefined> {
    return answer === 1 ? get(id) : undefined;
  }

  async function getMany(ids: string[]): Promise<(Batch | undefined)[]> {
    return withRedis(async () => {
      const pipeline = redis.pipeline();
      for (const id of ids) pipeline.hgetall(keys.record(id));
      const hashes = answersOf(await pipeline.exec()) as Record<string, string>[];
      return hashes.map((hash, i) => parse(String(ids[i]), hash));
    });
  }

  function fieldsOf(batch: NewBatch): (string | number)[] {
    return [
      ...['status', 'queued', 'spec', JSON.stringify(batch.spec), 'total', batch.total],
      ...['fed', 0, 'run', 1, 'notes', JSON.stringify(batch.notes), 'created_at', batch.createdAt],
    ];
  }

  return {
    get,
    getMany,
    addRows: (id, index, rows) => stored.add(id, index, rows),
    async discard(id) {
      await stored.discard(id);
    },
    rows: (id, from, to) => stored.read(id, from, to),

    async create(batch) {
      const { idempotency } = batch;
      const known = (await run(
        createBatchScript,
        [
          ...[keys.record(batch.id), keys.all, keys.open],
          ...(idempotency
            ? [keys.idempotency(idempotency.key), keys.idempotency(idempotency.sharedKey)]
            : ['', '']),
        ],
        batch.id,
        Date.parse(batch.createdAt),
        idempotency?.fingerprint ?? '',
        ttlSeconds,
        ...fieldsOf(batch),
      )) as [string, string] | null;
      const found = await get(known ? known[0] : batch.id);
      if (!found) throw new Error('the batch is gone');
      return { batch: found, ...(known ? { existed: { fingerprint: known[1] } } : {}) };
    },

    async isNamed({ key, sharedKey, fingerprint }) {
      return withRedis(async () => {
        if ((await redis.exists(keys.idempotency(key))) === 1) return true;
        return (await redis.hget(keys.idempotency(sharedKey), 'fingerprint')) === fingerprint;
      });
    },

    async list({ cursor, limit }) {
      const from = Number(cursor ?? 0);
      const ids = await withRedis(() => redis.zrevrange(keys.all, from, from + limit - 1));
      const found = await getMany(ids);
      // Expired batches are removed from the list when they are first read.
      const gone = ids.filter((_, i) => found[i] === undefined);
      if (gone.length > 0) await withRedis(() => redis.zrem(keys.all, ...gone));
      const next = ids.length === limit ? String(from + limit - gone.length) : undefined;
      return { batches: found.filter((batch) => batch !== undefined), nextCursor: next };
    },

    open: () => withRedis(() => redis.zrange(keys.open, '0', '-1')),

    async results(id, rows) {
      if (rows.length === 0) return [];
      const found = await withRedis(() => redis.hmget(keys.items(id), ...rows.map(String)));
      return found.map((item) => (item ? unpackResult(item) : undefined));
    },

    async failedRows(id) {
      const rows = await withRedis(() => redis.smembers(keys.failed(id)));
      return rows.map(Number).sort((a, b) => a - b);
    },

    async next(id, limit) {
      return withRedis(async () => {
        const redo = await redis.lrange(keys.redo(id), 0, limit - 1);
        if (redo.length > 0) return { rows: redo.map(Number), from: 'redo' as const };
        const [fed, total] = (await redis.hmget(keys.record(id), 'fed', 'total')).map(Number);
        const count = Math.max(0, Math.min(limit, Number(total) - Number(fed)));
        const rows = Array.from({ length: count }, (_, i) => Number(fed) + i);
        return { rows, from: 'order' as const };
      });
    },

    async markFed(id, { rows, from }) {
      const [first] = rows;
      if (first === undefined) return;
      const end = from === 'redo' ? rows.length : first + rows.length;
      await run(takenScript, [keys.record(id)], first, end, from);
    },

    async markInFlight(id, { row, imageId, joined, warnings }) {
      const own = warnings.length > 0 ? ` ${JSON.stringify(warnings)}` : '';
      await run(
        markInFlightScript,
        [keys.record(id)],
        row,
        `${joined ? 'j' : 'o'} ${imageId}${own}`,
      );
    },

    async flightsOf(id, rows) {
      const found = await withRedis(() => redis.hmget(keys.flight(id), ...rows.map(String)));
      return rows.map((row, i) => (found[i] ? readFlight(row, found[i]) : undefined));
    },

    async flights(id) {
      const flights = await withRedis(() => redis.hgetall(keys.flight(id)));
      return Object.entries(flights).map(([row, entry]) => readFlight(Number(row), entry));
    },

    async end(id, rows) {
      const args = rows.flatMap(({ row, result }) => [row, result.status, packResult(result)]);
      const answers = (await run(endItemsScript, [keys.record(id)], ...args)) as number[];
      const counted = rows.map((_, i) => answers[i] === 1);
      return { counted, inFlight: Number(answers[rows.length]) };
    },

    finish: async (id) =>
      changed(await run(finishScript, [keys.record(id)], new Date().toISOString()), id),
    cancel: async (id) =>
      changed(await run(cancelScript, [keys.record(id)], new Date().toISOString()), id),
    retry: async (id) =>
      changed(await run(retryScript, [keys.record(id), keys.open], id, Date.now()), id),
    async close(id) {
      await run(closeScript, [keys.record(id), keys.open], id, ttlSeconds);
    },

    async ratePoint(id) {
      const [at, ended] = await withRedis(() =>
        redis.hmget(keys.record(id), 'rate_at', 'rate_ended'),
      );
      return at && ended ? { atMs: Number(at), ended: Number(ended) } : undefined;
    },
    async noteRate(id, { atMs, ended }, rate) {
      const pairs = { rate_at: atMs, rate_ended: ended, ...(rate !== undefined ? { rate } : {}) };
      await withRedis(() => redis.hset(keys.record(id), pairs));
    },

    takeLease: async (holder, ttlMs) => (await run(leadScript, [keys.leader], holder, ttlMs)) === 1,
    async releaseLease(holder) {
      await run(stepDownScript, [keys.leader], holder);
    },
  };
}
