import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { redisKeys } from '../lib/redis-keys.js';
import type {
  Delivery,
  DeliveryAttempt,
  DeliveryStatus,
  DeliverySummary,
  DisabledReason,
} from '../webhooks/delivery.js';
import type { AttemptRecord, DeliveryRecords, NewDelivery } from '../webhooks/ports.js';
import {
  addScript,
  attemptScript,
  disableScript,
  MEMBER_HEAD_LENGTH,
  replayScript,
  trimScript,
} from './delivery-records-scripts.js';
import { answersOf, evalScript, withRedis } from './redis-connections.js';

const keys = redisKeys.deliveries;

const DAY_MS = 24 * 3_600_000;
const MAX_RECORDS = 100_000;
const ATTEMPTS_KEPT = 50;
const TRIM_AT_ONCE = 1_000;
/** Everything except the payload, which a list does not show. */
const SUMMARY_FIELDS = [
  'doc',
  'status',
  'round',
  'tries',
  'attempts',
  'next_at',
  'settled_at',
  'reason',
] as const;

type Hash = Partial<Record<(typeof SUMMARY_FIELDS)[number] | 'payload', string>>;
type Doc = Omit<NewDelivery, 'id' | 'payload'>;

/** Member of a list: the time first, so that members sort by time. */
const memberOf = (id: string, createdAt: string) =>
  `${String(Date.parse(createdAt)).padStart(MEMBER_HEAD_LENGTH - 1, '0')}-${id}`;
const idOf = (member: string) => member.slice(MEMBER_HEAD_LENGTH);

/** Hashed, because an address can be long. */
const endpointKey = (endpoint: string) =>
  keys.endpoint(createHash('sha256').update(endpoint).digest('hex').slice(0, 32));

function parseSummary(id: string, hash: Hash, last?: string): DeliverySummary | undefined {
  if (!hash.doc || !hash.status) return undefined;
  return {
    id,
    ...(JSON.parse(hash.doc) as Doc),
    status: hash.status as DeliveryStatus,
    round: Number(hash.round),
    tries: Number(hash.tries),
    attemptCount: Number(hash.attempts),
    ...(last ? { lastAttempt: JSON.parse(last) as DeliveryAttempt } : {}),
    ...(hash.next_at ? { nextAttemptAt: hash.next_at } : {}),
    ...(hash.settled_at ? { settledAt: hash.settled_at } : {}),
    ...(hash.reason ? { disabledReason: hash.reason as DisabledReason } : {}),
  };
}

function parse(id: string, hash: Hash, attempts: string[]): Delivery | undefined {
  const summary = parseSummary(id, hash, attempts.at(-1));
  if (!summary || hash.payload === undefined) return undefined;
  return {
    ...summary,
    attempts: attempts.map((attempt) => JSON.parse(attempt) as DeliveryAttempt),
    payload: hash.payload,
  };
}

/**
 * Delivery records in Redis. They are kept for `retentionDays` (default 30) after acceptance, and
 * at most `maxRecords` of them (default 100,000, of about 2 to 4 KB each): beyond that the oldest
 * are removed. A pending delivery is never removed; its schedule ends within days. The state of an
 * endpoint is removed `retentionDays` after the last message to it.
 */
export function createDeliveryRecords(
  redis: Redis,
  options: { retentionDays?: number; maxRecords?: number; now?: () => Date } = {},
): DeliveryRecords {
  const { retentionDays = 30, maxRecords = MAX_RECORDS, now = () => new Date() } = options;
  const retentionMs = retentionDays * DAY_MS;
  const cutoff = () => memberOf('', new Date(now().getTime() - retentionMs).toISOString());

  async function get(id: string): Promise<Delivery | undefined> {
    return withRedis(async () => {
      const read = redis
        .multi()
        .hgetall(keys.recordPrefix + id)
        .lrange(keys.attemptsPrefix + id, 0, -1);
      const [hash, attempts] = answersOf(await read.exec());
      return parse(id, hash as Hash, attempts as string[]);
    });
  }

  async function getSummaries(ids: string[]): Promise<(DeliverySummary | undefined)[]> {
    const pipeline = redis.pipeline();
    for (const id of ids) {
      pipeline
        .hmget(keys.recordPrefix + id, ...SUMMARY_FIELDS)
        .lindex(keys.attemptsPrefix + id, -1);
    }
    const answers = answersOf(await pipeline.exec());
    return ids.map((id, i) => {
      const values = answers[2 * i] as (string | null)[];
      const hash = Object.fromEntries(SUMMARY_FIELDS.map((name, n) => [name, values[n] ?? '']));
      return parseSummary(id, hash, (answers[2 * i + 1] as string | null) ?? undefined);
    });
  }

  /** Member of a delivery in the lists; undefined if it is gone. */
  async function memberNow(id: string): Promise<string | undefined> {
    const doc = await redis.hget(keys.recordPrefix + id, 'doc');
    return doc === null ? undefined : memberOf(id, (JSON.parse(doc) as Doc).createdAt);
  }

  return {
    get,

    async add({ id, payload, ...doc }) {
      await withRedis(() => {
        const { endpoint, createdAt } = doc;
        return evalScript(
          redis,
          addScript,
          2,
          keys.recordPrefix + id,
          endpointKey(endpoint),
          id,
          memberOf(id, createdAt),
          JSON.stringify(doc satisfies Doc),
          payload,
          createdAt,
          Date.parse(createdAt),
          cutoff(),
          maxRecords,
          retentionMs,
        );
      });
      const added = await get(id);
      if (!added) throw new Error(`delivery ${id} vanished as it was added`);
      return added;
    },

    async endpoint(endpoint) {
      return withRedis(async () => {
        const state = await redis.hgetall(endpointKey(endpoint));
        return {
          ...(state.failing_since ? { failingSince: state.failing_since } : {}),
          ...(state.disabled_at ? { disabledAt: state.disabled_at } : {}),
          ...(state.disabled_reason
            ? { disabledReason: state.disabled_reason as DisabledReason }
            : {}),
        };
      });
    },

    async list({ status, cursor, limit }) {
      return withRedis(async () => {
        const set = status ? keys.statusPrefix + status : keys.all;
        // One more than requested shows whether there is another page.
        const start = cursor === undefined ? '+' : `(${cursor}`;
        const found = await redis.zrange(set, start, '-', 'BYLEX', 'REV', 'LIMIT', 0, limit + 1);
        const members = found.slice(0, limit);
        const deliveries = await getSummaries(members.map(idOf));
        return {
          deliveries: deliveries.filter((delivery) => delivery !== undefined),
          nextCursor: found.length > limit ? members.at(-1) : undefined,
        };
      });
    },

    async recordAttempt({ id, round, endpoint, attempt, outcome, disableIfFailingSince }) {
      return withRedis(async () => {
        const member = await memberNow(id);
        if (member === undefined) return undefined;
        const nextAt = outcome.kind === 'failed' ? (outcome.nextAttemptAt ?? '') : '';
        const answer = (await evalScript(
          redis,
          attemptScript,
          3,
          keys.recordPrefix + id,
          keys.attemptsPrefix + id,
          endpointKey(endpoint),
          id,
          member,
          round,
          JSON.stringify(attempt),
          attempt.at,
          outcome.kind,
          nextAt,
          nextAt === '' ? 0 : Date.parse(nextAt),
          now().toISOString(),
          disableIfFailingSince,
          ATTEMPTS_KEPT,
          retentionMs,
        )) as [DeliveryStatus, DisabledReason | ''] | null;
        if (answer === null) return undefined;
        const [status, disabled] = answer;
        return { status, ...(disabled === '' ? {} : { disabled }) } satisfies AttemptRecord;
      });
    },

    async disable(id, round, reason, at) {
      await withRedis(async () => {
        const member = await memberNow(id);
        if (member === undefined) return;
        await evalScript(
          redis,
          disableScript,
          1,
          keys.recordPrefix + id,
          id,
          member,
          round,
          reason,
          at,
        );
      });
    },

    async replay(id, at) {
      const found = await withRedis(async () => {
        const member = await memberNow(id);
        if (member === undefined) return 0;
        return evalScript(
          redis,
          replayScript,
          1,
          keys.recordPrefix + id,
          id,
          member,
          at,
          Date.parse(at),
        );
      });
      return found === 1 ? get(id) : undefined;
    },

    async overdue(before, limit) {
      return withRedis(async () => {
        const until = Date.parse(before);
        const more = (await redis.zcount(keys.due, 0, until)) - limit;
        const offset = more > 0 ? Math.floor(Math.random() * (more + 1)) : 0;
        const ids = await redis.zrangebyscore(keys.due, 0, until, 'LIMIT', offset, limit);
        const found = await getSummaries(ids);
        return found
          .filter((delivery) => delivery !== undefined)
          .map(({ id, round, receiver }) => ({ id, round, receiver }));
      });
    },

    async trim() {
      return withRedis(async () => {
        const went = await evalScript(redis, trimScript, 0, cutoff(), maxRecords, TRIM_AT_ONCE);
        return Number(went);
      });
    },
  };
}
