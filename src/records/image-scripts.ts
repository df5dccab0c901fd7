/**
 * Atomic steps of an image record, as Lua. A record is a hash: `doc` (the request), `status`,
 * `generation`, `result`, `error`, `completed_at`.
 */

/** Keeps the newest `length` events of an image. */
const noteFunction = `
local function note(trace, event, length)
  redis.call('RPUSH', trace, event)
  redis.call('LTRIM', trace, -tonumber(length), -1)
end
`;

/**
 * Notifies watchers through a stream, in the same step that settles the image, so that no crash
 * between the two can lose it.
 */
const notifyFunction = `
local function tell(watch, stream, id, generation, status)
  local watchers = redis.call('SMEMBERS', watch)
  if #watchers == 0 then return end
  redis.call('XADD', stream, '*', 'id', id, 'generation', generation, 'status', status,
    'watchers', cjson.encode(watchers))
  redis.call('DEL', watch)
end
`;

/**
 * For an id without a record: whether it is deleted and stays so; otherwise the note of its
 * deletion is removed. A record and a note never exist together.
 */
const deletedFunction = `
local function staysDeleted(deleted, id, mayRevive)
  local isDeleted = redis.call('HEXISTS', deleted, id) == 1
  if not (isDeleted and mayRevive) then return isDeleted, 0 end
  return false, redis.call('HDEL', deleted, id)
end
`;

/**
 * Registers who wants an image. Waiters (readers of addresses) want it only while connected: they
 * are in a set of their own, which expires after a crash. `fleeting` in the record: only waiters
 * want it.
 */
const wantFunction = `
local function want(record, watch, visitors, watcher, visitor, ttl)
  if watcher ~= '' then redis.call('SADD', watch, watcher) end
  if visitor == '' then
    -- Not unless it is there: a Redis that is full goes on with what has begun to write.
    if redis.call('HEXISTS', record, 'fleeting') == 1 then redis.call('HDEL', record, 'fleeting') end
    return
  end
  redis.call('SADD', visitors, visitor)
  redis.call('PEXPIRE', visitors, ttl)
end
local function isWanted(record, visitors)
  return not redis.call('HGET', record, 'fleeting') or redis.call('SCARD', visitors) > 0
end
`;

/**
 * KEYS: record, all, template, open, watch, deleted, visitors (the waiters); then the status sets
 * by prefix in ARGV[5]. ARGV[7] is a watcher or ''; ARGV[8] is '1' if a deleted image may come
 * back; ARGV[9] is a waiter, or '' for a request that wants it for good; ARGV[10] is the time to
 * live of waiters, in ms. Returns kind, record, and 1 if it came back.
 */
export const claimScript = `${deletedFunction}${wantFunction}
local status = redis.call('HGET', KEYS[1], 'status')
local stays, back = false, 0
if not status then stays, back = staysDeleted(KEYS[6], ARGV[1], ARGV[8] == '1') end
if stays then return {'deleted', {}, 0} end
local refresh = ARGV[4] == '1'
if status == 'queued' or status == 'active' then
  want(KEYS[1], KEYS[5], KEYS[7], ARGV[7], ARGV[9], ARGV[10])
  return {'joined', redis.call('HGETALL', KEYS[1])}
end
local initial = ARGV[6]
if status == 'completed' and not refresh then return {'stored', redis.call('HGETALL', KEYS[1])} end
if ARGV[9] ~= '' then redis.call('HSET', KEYS[1], 'fleeting', '1') end
want(KEYS[1], KEYS[5], KEYS[7], ARGV[7], ARGV[9], ARGV[10])
if status == 'review' and initial == 'review' then return {'stored', redis.call('HGETALL', KEYS[1])} end
if status then redis.call('ZREM', ARGV[5] .. status, ARGV[1]) end
redis.call('HINCRBY', KEYS[1], 'generation', 1)
redis.call('HSET', KEYS[1], 'status', initial, 'doc', ARGV[2])
redis.call('HDEL', KEYS[1], 'result', 'error', 'completed_at')
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
redis.call('ZADD', ARGV[5] .. initial, ARGV[3], ARGV[1])
if initial == 'review' then return {'stored', redis.call('HGETALL', KEYS[1]), back} end
redis.call('ZADD', KEYS[4], ARGV[3], ARGV[1])
return {'opened', redis.call('HGETALL', KEYS[1]), back}
`;

/**
 * Moves a generation to another status, if it is still the record's current one and not settled.
 * KEYS: record, all, open, watch, stream, trace. ARGV: id, generation, status, field, value,
 * completed_at, status prefix, channel, event for the trace or '', events to keep. Settling is
 * announced on the channel.
 */
export const moveScript = `${notifyFunction}${noteFunction}
local current = redis.call('HMGET', KEYS[1], 'status', 'generation')
if not current[1] then return nil end
local unsettled = current[1] == 'queued' or current[1] == 'active'
if current[2] == ARGV[2] and unsettled then
  local score = redis.call('ZSCORE', KEYS[2], ARGV[1]) or 0
  redis.call('ZREM', ARGV[7] .. current[1], ARGV[1])
  redis.call('ZADD', ARGV[7] .. ARGV[3], score, ARGV[1])
  redis.call('HSET', KEYS[1], 'status', ARGV[3])
  if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], ARGV[4], ARGV[5], 'completed_at', ARGV[6]) end
  if ARGV[9] ~= '' then note(KEYS[6], ARGV[9], ARGV[10]) end
  if ARGV[3] ~= 'active' then
    redis.call('ZREM', KEYS[3], ARGV[1])
    redis.call('PUBLISH', ARGV[8], ARGV[1] .. ' ' .. ARGV[2])
    tell(KEYS[4], KEYS[5], ARGV[1], ARGV[2], ARGV[3])
  end
end
return redis.call('HGETALL', KEYS[1])
`;

/**
 * Ends a review. KEYS: record, all, open, watch, stream. ARGV: id, status (queued or failed), error, now in ms,
 * completed_at, status prefix.
 */
export const endReviewScript = `${notifyFunction}
if redis.call('HGET', KEYS[1], 'status') ~= 'review' then return nil end
local score = redis.call('ZSCORE', KEYS[2], ARGV[1]) or ARGV[4]
redis.call('ZREM', ARGV[6] .. 'review', ARGV[1])
redis.call('ZADD', ARGV[6] .. ARGV[2], score, ARGV[1])
redis.call('HSET', KEYS[1], 'status', ARGV[2])
if ARGV[2] == 'queued' then redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
else
  redis.call('HSET', KEYS[1], 'error', ARGV[3], 'completed_at', ARGV[5])
  tell(KEYS[4], KEYS[5], ARGV[1], redis.call('HGET', KEYS[1], 'generation'), 'failed')
end
return redis.call('HGETALL', KEYS[1])
`;

const forgetFunction = `
local function forget(id, status, prefix)
  redis.call('ZREM', prefix .. status, id)
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
  redis.call('ZREM', KEYS[4], id)
  redis.call('DEL', KEYS[1], KEYS[5])
end
`;

/** KEYS: record, all, template, open, trace, watch, stream, deleted. ARGV: id, status prefix, deletion. */
export const deleteScript = `${notifyFunction}${forgetFunction}
local status, generation = unpack(redis.call('HMGET', KEYS[1], 'status', 'generation'))
if not status then return 0 end
tell(KEYS[6], KEYS[7], ARGV[1], generation, 'deleted')
forget(ARGV[1], status, ARGV[2])
redis.call('HSET', KEYS[8], ARGV[1], ARGV[3])
return 1
`;

/** KEYS: record, deleted. ARGV: id, deletion. */
export const noteDeletionScript = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSETNX', KEYS[2], ARGV[1], ARGV[2])
return 1
`;

/**
 * Removes a waiter (`visitor`). Returns 1 if nobody wants the image and drawing has not begun.
 * KEYS: record, visitors. ARGV: visitor, generation.
 */
export const removeWaiterScript = `${wantFunction}
redis.call('SREM', KEYS[2], ARGV[1])
local status, generation = unpack(redis.call('HMGET', KEYS[1], 'status', 'generation'))
if status ~= 'queued' or generation ~= ARGV[2] then return 0 end
return isWanted(KEYS[1], KEYS[2]) and 0 or 1
`;

/**
 * Removes a record that nobody wants, after its job was removed from the queue. A watcher keeps it.
 * KEYS: record, all, template, open, trace, visitors. ARGV: id, status prefix, generation.
 */
export const withdrawScript = `${wantFunction}${forgetFunction}
local status, generation, fleeting =
  unpack(redis.call('HMGET', KEYS[1], 'status', 'generation', 'fleeting'))
if generation ~= ARGV[3] then return 'gone' end
if status ~= 'queued' and status ~= 'active' then return 'gone' end
if not fleeting then return 'wanted' end
if status == 'active' or isWanted(KEYS[1], KEYS[6]) then return 'awaited' end
forget(ARGV[1], status, ARGV[2])
return 'withdrawn'
`;

/**
 * KEYS: record, all, template, open, deleted. ARGV: id, doc, result, score, completed_at, status
 * prefix, '1' for only if absent, '1' if a deleted image may come back.
 */
export const restoreScript = `${deletedFunction}
local status = redis.call('HGET', KEYS[1], 'status')
if status and ARGV[7] == '1' then return 0 end
if not status and staysDeleted(KEYS[5], ARGV[1], ARGV[8] == '1') then return 0 end
if status == 'queued' or status == 'active' then return 0 end
if status then redis.call('ZREM', ARGV[6] .. status, ARGV[1]) end
if not redis.call('HGET', KEYS[1], 'generation') then redis.call('HSET', KEYS[1], 'generation', 1) end
redis.call('HSET', KEYS[1], 'status', 'completed', 'doc', ARGV[2], 'result', ARGV[3], 'completed_at', ARGV[5])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('ZADD', ARGV[6] .. 'completed', ARGV[4], ARGV[1])
return 1
`;

/**
 * Adds an event to the trace, unless the image is gone. KEYS: record, trace. ARGV: event, events to
 * keep.
 */
export const traceScript = `${noteFunction}
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
note(KEYS[2], ARGV[1], ARGV[2])
return 1
`;
