import { redisKeys } from '../lib/redis-keys.js';

/**
 * Atomic steps of a delivery, as Lua. A record is a hash: `doc` (what was accepted), `payload`,
 * `status`, `round`, `tries`, `attempts`, `next_at`, `settled_at`, `reason`. Members of the lists
 * are 13 digits of milliseconds, `-`, the id. All have score 0, so that they are read in order of
 * time with an exact cursor.
 */

const keys = redisKeys.deliveries;

/** Length of the digits and the dash before the id in a member. */
export const MEMBER_HEAD_LENGTH = 14;

const shared = `
local function move(key, id, member, from, to)
  redis.call('ZREM', '${keys.statusPrefix}' .. from, member)
  redis.call('ZADD', '${keys.statusPrefix}' .. to, 0, member)
  redis.call('HSET', key, 'status', to)
  if to == 'pending' then redis.call('ZREM', '${keys.settled}', member)
  else
    redis.call('ZADD', '${keys.settled}', 0, member)
    redis.call('ZREM', '${keys.due}', id)
    redis.call('HDEL', key, 'next_at')
  end
end
local function forget(members)
  for _, member in ipairs(members) do
    local id = string.sub(member, ${MEMBER_HEAD_LENGTH + 1})
    local status = redis.call('HGET', '${keys.recordPrefix}' .. id, 'status')
    if status then redis.call('ZREM', '${keys.statusPrefix}' .. status, member) end
    redis.call('ZREM', '${keys.all}', member)
    redis.call('ZREM', '${keys.settled}', member)
    redis.call('DEL', '${keys.recordPrefix}' .. id, '${keys.attemptsPrefix}' .. id)
  end
  return #members
end
local function trim(cutoff, max_records, at_once)
  local old = redis.call('ZRANGE', '${keys.settled}', '-', '[' .. cutoff, 'BYLEX', 'LIMIT', 0, at_once)
  local count = forget(old)
  local excess = redis.call('ZCARD', '${keys.all}') - tonumber(max_records)
  if excess > 0 then
    count = count + forget(redis.call('ZRANGE', '${keys.settled}', 0, math.min(excess, at_once) - 1))
  end
  return count
end
`;

/**
 * KEYS: record, endpoint. ARGV: id, member, doc, payload, created_at, its milliseconds, cutoff
 * member, most records, endpoint's time to live in ms.
 */
export const addScript = `${shared}
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
trim(ARGV[7], ARGV[8] - 1, 10)
local reason = redis.call('HGET', KEYS[2], 'disabled_reason')
local status = reason and 'disabled' or 'pending'
redis.call('HSET', KEYS[1], 'doc', ARGV[3], 'payload', ARGV[4], 'status', status, 'round', 1,
  'tries', 0, 'attempts', 0)
redis.call('ZADD', '${keys.all}', 0, ARGV[2])
redis.call('ZADD', '${keys.statusPrefix}' .. status, 0, ARGV[2])
if reason then
  redis.call('HSET', KEYS[1], 'reason', reason, 'settled_at', ARGV[5])
  redis.call('ZADD', '${keys.settled}', 0, ARGV[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[9])
else
  redis.call('HSET', KEYS[1], 'next_at', ARGV[5])
  redis.call('ZADD', '${keys.due}', ARGV[6], ARGV[1])
end
return 1
`;

/**
 * KEYS: record, attempts, endpoint. ARGV: id, member, round, attempt, when it began, outcome
 * (delivered, failed, gone), next_at or '', its milliseconds, now, failing since that disables,
 * attempts to keep, endpoint's time to live in ms. Times are ISO 8601 of equal length, so they
 * compare as text. Returns the status, and why this attempt disabled the endpoint, or ''.
 */
export const attemptScript = `${shared}
local current = redis.call('HMGET', KEYS[1], 'status', 'round')
if not current[1] then return nil end
redis.call('RPUSH', KEYS[2], ARGV[4])
redis.call('LTRIM', KEYS[2], -tonumber(ARGV[11]), -1)
redis.call('HINCRBY', KEYS[1], 'attempts', 1)
local outcome = ARGV[6]
local was = redis.call('HMGET', KEYS[3], 'disabled_at', 'disabled_reason')
local reason = was[2]
local newly = ''
if outcome == 'delivered' then
  -- A success that began before the endpoint was disabled says nothing of the time after.
  if not was[1] or ARGV[5] >= was[1] then redis.call('DEL', KEYS[3]) end
else
  redis.call('HSETNX', KEYS[3], 'failing_since', ARGV[5])
  if not reason then
    if outcome == 'gone' then newly = 'gone'
    elseif redis.call('HGET', KEYS[3], 'failing_since') <= ARGV[10] then newly = 'failing' end
    if newly ~= '' then
      reason = newly
      redis.call('HSET', KEYS[3], 'disabled_at', ARGV[9], 'disabled_reason', newly)
    end
  end
  redis.call('PEXPIRE', KEYS[3], ARGV[12])
end
if current[1] ~= 'pending' or current[2] ~= ARGV[3] then return {current[1], newly} end
redis.call('HINCRBY', KEYS[1], 'tries', 1)
local status = outcome
if outcome ~= 'delivered' then
  if reason then status = 'disabled'
  elseif ARGV[7] ~= '' then status = 'pending' end
end
if status == 'pending' then
  redis.call('HSET', KEYS[1], 'next_at', ARGV[7])
  redis.call('ZADD', '${keys.due}', ARGV[8], ARGV[1])
else
  move(KEYS[1], ARGV[1], ARGV[2], 'pending', status)
  redis.call('HSET', KEYS[1], 'settled_at', ARGV[9])
  if status == 'disabled' then redis.call('HSET', KEYS[1], 'reason', reason) end
end
return {status, newly}
`;

/** KEYS: record. ARGV: id, member, round, reason, now. */
export const disableScript = `${shared}
local current = redis.call('HMGET', KEYS[1], 'status', 'round')
if current[1] ~= 'pending' or current[2] ~= ARGV[3] then return 0 end
move(KEYS[1], ARGV[1], ARGV[2], 'pending', 'disabled')
redis.call('HSET', KEYS[1], 'reason', ARGV[4], 'settled_at', ARGV[5])
return 1
`;

/** KEYS: record. ARGV: id, member, now, its milliseconds. */
export const replayScript = `${shared}
local status = redis.call('HGET', KEYS[1], 'status')
if not status then return 0 end
redis.call('HINCRBY', KEYS[1], 'round', 1)
redis.call('HDEL', KEYS[1], 'settled_at', 'reason')
redis.call('HSET', KEYS[1], 'tries', 0, 'next_at', ARGV[3])
redis.call('ZADD', '${keys.due}', ARGV[4], ARGV[1])
move(KEYS[1], ARGV[1], ARGV[2], status, 'pending')
return 1
`;

/** ARGV: cutoff member, most records, most at once. Returns the number of removed records. */
export const trimScript = `${shared}
return trim(ARGV[1], ARGV[2], tonumber(ARGV[3]))
`;
