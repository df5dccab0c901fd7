import { ask, findOnPath } from './find-executable.mjs';
import { isAtLeast } from './node-version.mjs';
import { SetupError } from './setup-error.mjs';

/** BullMQ's own minimum. */
export const MINIMUM_REDIS = '6.2.0';

/** @param {string} path @returns {string | undefined} the version that `--version` reports */
function versionOf(path) {
  return ask(path, ['--version'])?.match(/\bv=?(\d+\.\d+(?:\.\d+)?)/)?.[1];
}

/**
 * A redis-server that is new enough: CARDPRESS_REDIS_SERVER, then one on PATH. Valkey, its successor
 * on several Linux distributions, speaks the same protocol and is as good.
 * @returns {string | undefined} its path
 * @throws {SetupError} when CARDPRESS_REDIS_SERVER is set and is none
 */
export function findRedisServer() {
  const configured = process.env.CARDPRESS_REDIS_SERVER;
  const isGood = (/** @type {string | undefined} */ path) => {
    const version = path && versionOf(path);
    return version !== undefined && version !== '' && isAtLeast(version, MINIMUM_REDIS);
  };
  if (configured) {
    if (isGood(configured)) return configured;
    throw new SetupError(
      `CARDPRESS_REDIS_SERVER is ${configured}, which is no redis-server ${MINIMUM_REDIS} or newer.`,
    );
  }
  return [findOnPath('redis-server'), findOnPath('valkey-server')].find(isGood);
}

export const redisRemedy = `install redis-server ${MINIMUM_REDIS} or newer, or set REDIS_URL`;
