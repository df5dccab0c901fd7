/*
 * A published page is one hash: `content`, `created_at`, `updated_at`, `check`, and for each size
 * `slot:<size>` (the image that it wants, with state, warnings and error) and `current:<size>` (the
 * image that it shows). All images that it ever wanted are in a separate hash, by id. The keys of
 * all pages are in a sorted set, at equal score, in order of name.
 */

/**
 * KEYS page, versions, all pages. ARGV now, key, content, then for each size: size, image id, slot,
 * image.
 */
export const wantScript = `
local is_new = redis.call('HEXISTS', KEYS[1], 'content') == 0
if is_new then redis.call('DEL', KEYS[1]) end
redis.call('HSETNX', KEYS[1], 'created_at', ARGV[1])
redis.call('HSET', KEYS[1], 'content', ARGV[3], 'updated_at', ARGV[1])
redis.call('ZADD', KEYS[3], 0, ARGV[2])
local wanted = {}
for i = 4, #ARGV, 4 do
  local name = 'slot:' .. ARGV[i]
  wanted[name] = true
  redis.call('HSET', KEYS[2], ARGV[i + 1], ARGV[i + 3])
  local known = redis.call('HGET', KEYS[1], name)
  local keep = false
  if known then
    local slot = cjson.decode(known)
    keep = slot.wanted.imageId == ARGV[i + 1] and slot.state ~= 'failed'
  end
  if not keep then redis.call('HSET', KEYS[1], name, ARGV[i + 2]) end
end
for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(name, 1, 5) == 'slot:' and not wanted[name] then redis.call('HDEL', KEYS[1], name) end
end
return is_new and 1 or 0`;

/** KEYS page. ARGV size, image id, slot, image to show from now on or ''. */
export const settleScript = `
local known = redis.call('HGET', KEYS[1], 'slot:' .. ARGV[1])
if not known or cjson.decode(known).wanted.imageId ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'slot:' .. ARGV[1], ARGV[3])
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'current:' .. ARGV[1], ARGV[4]) end
return 1`;

/** KEYS page. ARGV check, then for each size: size, image id. */
export const checkScript = `
for i = 2, #ARGV, 2 do
  local known = redis.call('HGET', KEYS[1], 'slot:' .. ARGV[i])
  if not known or cjson.decode(known).wanted.imageId ~= ARGV[i + 1] then return 0 end
end
if redis.call('HEXISTS', KEYS[1], 'content') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'check', ARGV[1])
return 1`;

/**
 * Removes a page and notes the time, because its addresses are still in use. KEYS page,
 * versions, all pages. ARGV now, key.
 */
export const removeScript = `
if redis.call('HEXISTS', KEYS[1], 'content') == 0 then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[2])
redis.call('HSET', KEYS[1], 'removed_at', ARGV[1])
return 1`;
