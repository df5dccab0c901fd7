/*
 * A stored template is a draft (hash: `nonce`, `revision`, `created_at`, `changed_at`, `changed_by`,
 * and `file:<path>` for each file), a history (list) and the hashes of its versions (hash). What is
 * current of all templates stands in one hash, whose changes are counted and told of.
 */

const TELL = `
local function tell(generation, channel)
  redis.call('PUBLISH', channel, redis.call('INCR', generation))
end`;

/** KEYS draft, drafts. ARGV id, then fields and values of the draft. */
export const createDraftScript = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('SADD', KEYS[2], ARGV[1])
return 1`;

const IS_STATE = `
local function is_state(draft, nonce, revision)
  return redis.call('HGET', draft, 'nonce') == nonce and redis.call('HGET', draft, 'revision') == revision
end`;

/**
 * KEYS draft. ARGV nonce, revision, next revision, now, key id, then for each file its field and its
 * value, or '' to forget it.
 */
export const changeDraftScript = `${IS_STATE}
if not is_state(KEYS[1], ARGV[1], ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[3], 'changed_at', ARGV[4], 'changed_by', ARGV[5])
for i = 6, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[1], ARGV[i])
  else redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
return 1`;

/**
 * KEYS draft, current, history, versions, generation. ARGV id, nonce, revision, version, its files,
 * history entry, channel.
 */
export const publishScript = `${IS_STATE}${TELL}
if not is_state(KEYS[1], ARGV[2], ARGV[3]) then return 0 end
redis.call('HSET', KEYS[4], ARGV[4], ARGV[5])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[5])
redis.call('RPUSH', KEYS[3], ARGV[6])
tell(KEYS[5], ARGV[7])
return 1`;

/** KEYS draft, current, history, generation. ARGV id, files, history entry, channel. */
export const rollBackScript = `${TELL}
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('RPUSH', KEYS[3], ARGV[3])
tell(KEYS[4], ARGV[4])
return 1`;

/**
 * Versions and history stay, for images that were made or are about to be. KEYS draft, drafts,
 * current, history, generation. ARGV id, now, key id, channel.
 */
export const removeTemplateScript = `${TELL}
if redis.call('DEL', KEYS[1]) == 0 then return 0 end
redis.call('SREM', KEYS[2], ARGV[1])
local files = redis.call('HGET', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
if files then
  local entry = cjson.decode(files)
  entry.action = 'deleted'
  entry.at = ARGV[2]
  entry.by = ARGV[3]
  redis.call('RPUSH', KEYS[4], cjson.encode(entry))
end
tell(KEYS[5], ARGV[4])
return 1`;
