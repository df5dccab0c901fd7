import { batchParts } from '../lib/redis-keys.js';

/**
 * Atomic steps of a batch, as Lua. A batch is a hash (`status`, `total`, `fed`, `run`, `spec`,
 * counts `n:<end>` …) with further keys: `:rows` (chunks), `:items` (row → `<end> <json>`),
 * `:flight` (row in flight → `<j or o> <image id>`, joined or opened), `:failed` (rows), `:redo`
 * (rows to run again).
 */

const allParts = Object.values(batchParts)
  .map((part) => `'${part}'`)
  .join(', ');

const overFunction = `
local function over(batch)
  local n = redis.call('HMGET', batch, 'total', 'n:failed')
  local failed = tonumber(n[2] or '0')
  if failed == 0 then return 'completed' end
  if failed == tonumber(n[1]) then return 'failed' end
  return 'partial'
end
`;

/**
 * KEYS: batch, all, open, then idempotency keys or '': the one of the API key, and the shared one
 * of older versions, which only counts for equal content. ARGV: id, score, fingerprint, ttl in s,
 * then pairs.
 */
export const createBatchScript = `
if KEYS[4] ~= '' then
  local known = redis.call('HMGET', KEYS[4], 'id', 'fingerprint')
  if known[1] then return known end
  local shared = redis.call('HMGET', KEYS[5], 'id', 'fingerprint')
  if shared[1] and shared[2] == ARGV[3] then
    redis.call('RENAME', KEYS[5], KEYS[4])
    return shared
  end
  redis.call('HSET', KEYS[4], 'id', ARGV[1], 'fingerprint', ARGV[3])
  redis.call('EXPIRE', KEYS[4], ARGV[4])
end
for i = 5, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[1])
redis.call('PERSIST', KEYS[1] .. '${batchParts.rows}')
return false
`;

/** KEYS: batch. ARGV: first row of `next`, end of its rows, 'redo' or 'order'. */
export const takenScript = `
if ARGV[3] == 'redo' then
  redis.call('LTRIM', KEYS[1] .. '${batchParts.redo}', ARGV[2], -1)
elseif tonumber(redis.call('HGET', KEYS[1], 'fed') or '-1') == tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'fed', ARGV[2])
end
if redis.call('HGET', KEYS[1], 'status') == 'queued' then
  redis.call('HSET', KEYS[1], 'status', 'running')
end
return 1
`;

/**
 * Notes a row as in flight. A joined image may be settled before its row is noted as joined; then
 * the row's result is corrected. KEYS: batch. ARGV: row, '<j or o> <image id>'.
 */
export const markInFlightScript = `
local ended = redis.call('HGET', KEYS[1] .. '${batchParts.items}', ARGV[1])
if ended and string.sub(ARGV[2], 1, 1) == 'j' and string.sub(ended, 1, 10) == 'completed ' then
  redis.call('HSET', KEYS[1] .. '${batchParts.items}', ARGV[1], 'reused ' .. string.sub(ended, 11))
  redis.call('HINCRBY', KEYS[1], 'n:completed', -1)
  redis.call('HINCRBY', KEYS[1], 'n:reused', 1)
end
if ended then return 0 end
if redis.call('HGET', KEYS[1], 'status') == 'cancelled' then return 0 end
redis.call('HSET', KEYS[1] .. '${batchParts.flight}', ARGV[1], ARGV[2])
return 1
`;

/**
 * KEYS: batch. ARGV: row, end, json; repeated for each row. Returns 1 or 0 for each row, then the
 * number of rows in flight.
 */
export const endItemsScript = `${overFunction}
local status, finishedAt = unpack(redis.call('HMGET', KEYS[1], 'status', 'finished_at'))
local function finishRow(row, finish, result)
  if not status or status == 'cancelled' then return 0 end
  local flight = redis.call('HGET', KEYS[1] .. '${batchParts.flight}', row)
  if finish == 'completed' and flight and string.sub(flight, 1, 1) == 'j' then finish = 'reused' end
  local before = redis.call('HGET', KEYS[1] .. '${batchParts.items}', row)
  if before then
    if string.sub(before, 1, 7) ~= 'review ' or finish == 'review' then return 0 end
    redis.call('HINCRBY', KEYS[1], 'n:review', -1)
  end
  redis.call('HSET', KEYS[1] .. '${batchParts.items}', row, finish .. ' ' .. result)
  if flight then redis.call('HDEL', KEYS[1] .. '${batchParts.flight}', row) end
  redis.call('HINCRBY', KEYS[1], 'n:' .. finish, 1)
  if finish == 'failed' then redis.call('SADD', KEYS[1] .. '${batchParts.failed}', row) end
  return 1
end
local answers = {}
for i = 1, #ARGV, 3 do answers[#answers + 1] = finishRow(ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
if finishedAt and status ~= 'cancelled' then redis.call('HSET', KEYS[1], 'status', over(KEYS[1])) end
answers[#answers + 1] = redis.call('HLEN', KEYS[1] .. '${batchParts.flight}')
return answers
`;

/** KEYS: batch. ARGV: now. */
export const finishScript = `${overFunction}
local b = redis.call('HMGET', KEYS[1], 'status', 'fed', 'total')
if not b[1] then return 0 end
if b[1] ~= 'queued' and b[1] ~= 'running' then return 1 end
if tonumber(b[2]) < tonumber(b[3]) then return 0 end
if redis.call('LLEN', KEYS[1] .. '${batchParts.redo}') > 0 then return 0 end
if redis.call('HLEN', KEYS[1] .. '${batchParts.flight}') > 0 then return 0 end
redis.call('HSET', KEYS[1], 'status', over(KEYS[1]), 'finished_at', ARGV[1])
redis.call('HDEL', KEYS[1], 'rate')
return 1
`;

/** KEYS: batch. ARGV: now. */
export const cancelScript = `
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'queued' and status ~= 'running' then return 0 end
redis.call('HSET', KEYS[1], 'status', 'cancelled', 'finished_at', ARGV[1])
redis.call('HDEL', KEYS[1], 'rate')
redis.call('DEL', KEYS[1] .. '${batchParts.flight}', KEYS[1] .. '${batchParts.redo}')
return 1
`;

/** KEYS: batch, open. ARGV: id, score. */
export const retryScript = `
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'partial' and status ~= 'failed' then return 0 end
local rows = redis.call('SMEMBERS', KEYS[1] .. '${batchParts.failed}')
if #rows == 0 then return 0 end
table.sort(rows, function(a, b) return tonumber(a) < tonumber(b) end)
for _, row in ipairs(rows) do
  redis.call('HDEL', KEYS[1] .. '${batchParts.items}', row)
  redis.call('RPUSH', KEYS[1] .. '${batchParts.redo}', row)
end
redis.call('DEL', KEYS[1] .. '${batchParts.failed}')
redis.call('HSET', KEYS[1], 'status', 'running', 'n:failed', 0)
redis.call('HDEL', KEYS[1], 'finished_at')
redis.call('HINCRBY', KEYS[1], 'run', 1)
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
for _, part in ipairs({'', '${batchParts.rows}', '${batchParts.items}', '${batchParts.redo}'}) do redis.call('PERSIST', KEYS[1] .. part) end
return 1
`;

/**
 * Only if it is finished: a retry may have come in between. KEYS: batch, open. ARGV: id, ttl in s.
 */
export const closeScript = `
local status = redis.call('HGET', KEYS[1], 'status')
if status == 'queued' or status == 'running' then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
for _, part in ipairs({'', ${allParts}}) do
  redis.call('EXPIRE', KEYS[1] .. part, ARGV[2])
end
return 1
`;

/**
 * Takes or renews the lease; renewed only in the second half of its time. KEYS: lock. ARGV: holder,
 * ttl in ms.
 */
export const leadScript = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if holder and redis.call('PTTL', KEYS[1]) * 2 > tonumber(ARGV[2]) then return 1 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`;

/** KEYS: lock. ARGV: holder. */
export const stepDownScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`;
