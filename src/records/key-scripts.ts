/**
 * Atomic steps on keys and their usage, as Lua. Usage is a hash for each key: `level` and `at` of
 * its token bucket, `day` and `spent` of its quota. A level is always an integer: a token is worth
 * the milliseconds of the window, and each millisecond adds `requests`.
 *
 * The clock is that of Redis, so that API processes with different clocks share one bucket and one
 * day; a first argument other than '' replaces it.
 */

/**
 * After this time the usage of an unused key has no effect: its bucket is full and its day is past.
 */
const USAGE_TTL_MS = 2 * 86_400_000;

const clockFunctions = `
local DAY = 86400000
local function clock(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local function dayOf(now) return string.format('%.0f', math.floor(now / DAY)) end
local function spentOn(usage, day)
  local known = redis.call('HMGET', usage, 'day', 'spent')
  if known[1] ~= day then return 0 end
  return tonumber(known[2])
end
`;

const giveBackFunction = `
local function giveBack(usage, day, pictures)
  local known = redis.call('HMGET', usage, 'day', 'spent')
  if known[1] ~= day then return 0 end
  local spent = math.max(0, tonumber(known[2]) - pictures)
  redis.call('HSET', usage, 'spent', string.format('%.0f', spent))
  return 1
end
`;

/**
 * Reads a key and counts the use in its token bucket. A clock that was set back neither adds nor
 * removes tokens. KEYS: record, usage. ARGV: now or ''. Returns record, now, 1 if the use is
 * allowed, level, images spent today.
 */
export const useScript = `${clockFunctions}
local record = redis.call('HGETALL', KEYS[1])
if #record == 0 then return false end
local of = {}
for i = 1, #record, 2 do of[record[i]] = record[i + 1] end
local now = clock(ARGV[1])
local allowed, level, spent = 1, 0, 0
if of.rate_requests then
  local requests, window = tonumber(of.rate_requests), tonumber(of.rate_window_s) * 1000
  local known = redis.call('HMGET', KEYS[2], 'level', 'at')
  level = requests * window
  if known[1] then
    local passed = math.max(0, now - tonumber(known[2]))
    level = math.min(level, tonumber(known[1]) + passed * requests)
  end
  if level >= window then level = level - window else allowed = 0 end
  redis.call('HSET', KEYS[2], 'level', string.format('%.0f', level), 'at', string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[2], ${USAGE_TTL_MS})
end
if of.daily_quota then spent = spentOn(KEYS[2], dayOf(now)) end
return {record, now, allowed, level, spent}
`;

/**
 * Counts all images or none. KEYS: usage, hold or ''. ARGV: now or '', limit, images, number that
 * did not have to be drawn before. Returns 1 if they were counted, images spent today, now.
 */
export const takeScript = `${clockFunctions}
local now = clock(ARGV[1])
local day = dayOf(now)
local spent = spentOn(KEYS[1], day)
local pictures = tonumber(ARGV[3])
if spent + pictures > tonumber(ARGV[2]) then return {0, spent, now} end
spent = spent + pictures
redis.call('HSET', KEYS[1], 'day', day, 'spent', string.format('%.0f', spent))
redis.call('PEXPIRE', KEYS[1], ${USAGE_TTL_MS})
if KEYS[2] ~= '' then
  redis.call('HSET', KEYS[2], 'usage', KEYS[1], 'day', day, 'pictures', ARGV[3], 'before', ARGV[4])
  redis.call('PEXPIRE', KEYS[2], string.format('%.0f', DAY - now % DAY))
end
return {1, spent, now}
`;

/** KEYS: usage. ARGV: when they were counted in ms, images. */
export const giveBackScript = `${clockFunctions}${giveBackFunction}
return giveBack(KEYS[1], dayOf(tonumber(ARGV[1])), tonumber(ARGV[2]))
`;

/**
 * Gives images of a hold back, never more than it has. KEYS: hold. ARGV: images; 'end' ends the
 * hold, and then images are all that were not drawn.
 */
export const releaseScript = `${giveBackFunction}
local hold = redis.call('HMGET', KEYS[1], 'usage', 'day', 'pictures', 'before')
if not hold[1] then return 0 end
local held, pictures = tonumber(hold[3]), tonumber(ARGV[1])
if ARGV[2] == 'end' then
  redis.call('DEL', KEYS[1])
  pictures = pictures - tonumber(hold[4])
end
pictures = math.max(0, math.min(held, pictures))
if ARGV[2] ~= 'end' then redis.call('HSET', KEYS[1], 'pictures', held - pictures) end
return giveBack(hold[1], hold[2], pictures)
`;

/**
 * Updates the time of last use. A key that was just revoked must not come back as a hash with one
 * entry; of many concurrent requests one writes. Times are ISO 8601 of equal length, so they
 * compare as text. KEYS: record. ARGV: used at, unless after.
 */
export const touchScript = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local last = redis.call('HGET', KEYS[1], 'last_used_at')
if last and last > ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'last_used_at', ARGV[1])
return 1
`;
