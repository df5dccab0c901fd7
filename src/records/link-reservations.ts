import type { Redis } from 'ioredis';
import { redisKeys } from '../lib/redis-keys.js';
import type { Admission, LinkReservations } from '../links/link.js';
import { evalScript, withRedis } from './redis-connections.js';

const keys = redisKeys.links;

/**
 * Reservations of one link at once, by the kind of their readers: together about as many images as
 * are drawn within DYNAMIC_BUDGET_MS, so that a reader with a reservation gets the image in time.
 * Each kind has its own limit: a flood through one leaves the others theirs.
 */
const MAX_OF_KIND = { network: 8, shared: 6, unknown: 8 } as const;
/** Reservations of one network at once. */
const MAX_OF_NETWORK = 4;
/**
 * Lifetime of a reservation, longer than a drawing is awaited: reservations of a dead process
 * expire.
 */
const RESERVED_MS = 30_000;
/** Once half of `max_images` is used, one network may use this share of them within a day. */
const SHARE_OF_NETWORK = 0.02;
const SHARE_OF_WIDE_NETWORK = 0.1;
const LEAST_SHARE = 5;
const DAY_SECONDS = 86_400;

/**
 * KEYS images, minute, record, waiting, networks, lent. ARGV image, most images, most of a minute,
 * now, reserved until, kind, network, wide network, most of this kind, most of a network, share of
 * a network, share of a wide network.
 *
 * A full link reclaims the image that became reclaimable first, one for one.
 */
const RESERVE_SCRIPT = `
local image, now, kind, net, wide = ARGV[1], ARGV[4], ARGV[6], ARGV[7], ARGV[8]
if redis.call('SISMEMBER', KEYS[1], image) == 1 then return {'known', 1} end
if redis.call('EXISTS', KEYS[3]) == 0 then return {'full', 1} end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
local all = redis.call('ZRANGE', KEYS[4], 0, -1)
local ofKind, ofNet, ofWide = 0, 0, 0
for _, member in ipairs(all) do
  local i, k, n, w = string.match(member, '^(%S+) (%S+) (%S+) (%S+)$')
  if i == image then return {'joined', 1} end
  if k == kind then ofKind = ofKind + 1 end
  if n == net then ofNet = ofNet + 1 end
  if w == wide then ofWide = ofWide + 1 end
end
local images, most = redis.call('SCARD', KEYS[1]), tonumber(ARGV[2])
local lent = false
if images + #all >= most then
  lent = redis.call('ZRANGEBYSCORE', KEYS[6], '-inf', now, 'LIMIT', 0, 1)[1]
  if not lent or images + #all > most then return {'full', 1} end
end
if tonumber(redis.call('GET', KEYS[2]) or '0') >= tonumber(ARGV[3]) then return {'too_fast', 1} end
if kind == 'network' then
  if ofNet >= tonumber(ARGV[10]) then return {'network', 1} end
  if images * 2 >= most then
    local had = redis.call('HMGET', KEYS[5], net, wide)
    if tonumber(had[1] or '0') + ofNet >= tonumber(ARGV[11]) then return {'network', 1} end
    if tonumber(had[2] or '0') + ofWide >= tonumber(ARGV[12]) then return {'network', 1} end
  end
end
if ofKind >= tonumber(ARGV[9]) then return {'busy', 1} end
if lent then
  redis.call('ZREM', KEYS[6], lent)
  redis.call('SREM', KEYS[1], lent)
end
redis.call('ZADD', KEYS[4], ARGV[5], table.concat({image, kind, net, wide}, ' '))
redis.call('INCR', KEYS[2])
redis.call('EXPIRE', KEYS[2], 120)
-- Readers of a shared network are as many as those of many networks: they take turns with these.
local behind = kind == 'network' and ofNet or kind == 'unknown' and ofKind or 0
return {'admitted', 1 + behind}`;

/** Removes a reservation. KEYS waiting. ARGV image. Returns the number of removed reservations. */
const leaveFunction = `
local function leave(waiting, image)
  for _, member in ipairs(redis.call('ZRANGE', waiting, 0, -1)) do
    if string.match(member, '^%S+') == image then return redis.call('ZREM', waiting, member) end
  end
  return 0
end
`;

/**
 * KEYS images, waiting, networks, lent, record. ARGV image, network, wide network, reclaimable from
 * or '', seconds of a day.
 */
const TAKE_SCRIPT = `${leaveFunction}
leave(KEYS[2], ARGV[1])
if redis.call('EXISTS', KEYS[5]) == 0 then return 0 end
local isNew = redis.call('SADD', KEYS[1], ARGV[1]) == 1
if ARGV[4] == '' then redis.call('ZREM', KEYS[4], ARGV[1])
elseif isNew then redis.call('ZADD', KEYS[4], ARGV[4], ARGV[1])
else redis.call('ZADD', KEYS[4], 'XX', 'GT', ARGV[4], ARGV[1]) end
if isNew and ARGV[2] ~= '-' then
  redis.call('HINCRBY', KEYS[3], ARGV[2], 1)
  redis.call('HINCRBY', KEYS[3], ARGV[3], 1)
  if redis.call('TTL', KEYS[3]) < 0 then redis.call('EXPIRE', KEYS[3], ARGV[5]) end
end
return 1`;

/** KEYS waiting, minute. ARGV image. */
const GIVE_BACK_SCRIPT = `${leaveFunction}
if leave(KEYS[1], ARGV[1]) == 0 then return 0 end
if tonumber(redis.call('GET', KEYS[2]) or '0') > 0 then redis.call('DECR', KEYS[2]) end
return 1`;

/** KEYS record, unfilled. ARGV count, field, time. */
const UNFILLED_SCRIPT = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HINCRBY', KEYS[2], 'count', ARGV[1])
redis.call('HSET', KEYS[2], 'field', ARGV[2], 'at', ARGV[3])
return 1`;

/** Field in the hash of networks; `-` if unknown. */
const shown = (network: string) => network || '-';

/** Reservations of links in Redis. The caller owns and closes the client. */
export function createLinkReservations(redis: Redis): LinkReservations {
  return {
    async reserve(link, imageId, reader, at) {
      const { id, maxImages, maxPerMinute } = link;
      const nowMs = at.getTime();
      const shareOf = (part: number) => Math.max(LEAST_SHARE, Math.ceil(maxImages * part));
      const names = [
        keys.images(id),
        keys.minute(id, at),
        keys.record(id),
        keys.waiting(id),
        keys.networks(id),
        keys.lent(id),
      ];
      const values = [
        imageId,
        maxImages,
        maxPerMinute,
        nowMs,
        nowMs + RESERVED_MS,
        reader.kind,
        shown(reader.network),
        shown(reader.wideNetwork),
        MAX_OF_KIND[reader.kind],
        MAX_OF_NETWORK,
        shareOf(SHARE_OF_NETWORK),
        shareOf(SHARE_OF_WIDE_NETWORK),
      ];
      const [outcome, turn] = (await withRedis(() =>
        evalScript(redis, RESERVE_SCRIPT, names.length, ...names, ...values),
      )) as [Admission['outcome'], number];
      return { outcome, turn };
    },

    async commit(id, imageId, reader, reclaimAfterMs) {
      const names = [
        keys.images(id),
        keys.waiting(id),
        keys.networks(id),
        keys.lent(id),
        keys.record(id),
      ];
      const { network, wideNetwork } = reader;
      const until = reclaimAfterMs === undefined ? '' : Date.now() + reclaimAfterMs;
      const values = [imageId, shown(network), shown(wideNetwork), until, DAY_SECONDS];
      await withRedis(() => evalScript(redis, TAKE_SCRIPT, names.length, ...names, ...values));
    },

    async cancel(id, imageId, reservedAt) {
      const names = [keys.waiting(id), keys.minute(id, reservedAt)];
      await withRedis(() => evalScript(redis, GIVE_BACK_SCRIPT, 2, ...names, imageId));
    },

    async noteRefusals(id, { ofLink, ofNetwork }, at) {
      const writing = redis
        .pipeline()
        .hincrby(keys.refused(id), 'link', ofLink)
        .hincrby(keys.refused(id), 'network', ofNetwork)
        .hset(keys.refused(id), 'at', at.toISOString());
      await withRedis(() => writing.exec());
    },

    async noteUnfilled(id, { count, field, at }) {
      await withRedis(() =>
        evalScript(redis, UNFILLED_SCRIPT, 2, keys.record(id), keys.unfilled(id), count, field, at),
      );
    },
  };
}
