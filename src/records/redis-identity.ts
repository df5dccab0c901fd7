import { chmod, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { loadOrMakeSecret } from '../config/secrets.js';
import { connectForRequests, untilReady } from './redis-connections.js';

/** How we and the embedded Redis know each other. */
export interface RedisIdentity {
  /** What we say to it. */
  password: string;
  /** What it has to say to us. A stranger who was told the password does not know it. */
  proof: string;
}

/** For one that still reads its file, which can be large. */
const LOAD_TIMEOUT_MS = 15_000;
/**
 * A setting of Redis that holds a text of ours, is not shown by `ps`, and does nothing where there
 * is no replica. `CONFIG GET` gives it back to those who know the password.
 */
const PROOF_SETTING = 'masterauth';

async function keptSecret(directory: string, name: string): Promise<string> {
  const secret = await loadOrMakeSecret(directory, name);
  // A copy or a backup may have brought it with another mode.
  await chmod(join(directory, name), 0o600);
  return secret;
}

/** Made once and kept in `directory`, mode 0600: `password`, for `redis-cli` too, and `proof`. */
export async function loadRedisIdentity(directory: string): Promise<RedisIdentity> {
  return {
    password: await keptSecret(directory, 'password'),
    proof: await keptSecret(directory, 'proof'),
  };
}

/** Lines of configuration for the standard input of a server: arguments are there for all to read. */
export function identityConfig({ password, proof }: RedisIdentity): string {
  return `requirepass "${password}"\n${PROOF_SETTING} "${proof}"\n`;
}

/** `unix://:password@/path`, as `redisOptions` reads it. */
export function addressOf(socket: string, { password }: RedisIdentity): string {
  return `unix://:${encodeURIComponent(password)}@${socket}`;
}

async function setting(redis: Redis, name: string): Promise<string> {
  const [, value = ''] = (await redis.config('GET', name)) as string[];
  return value;
}

/** Resolves once it answers; rejects at once where it does not take the password. */
async function untilAccepted(redis: Redis): Promise<void> {
  const refused = new Promise<never>((_resolve, reject) => {
    redis.on('error', (error: Error) => {
      if (/^(WRONGPASS|NOAUTH|NOPERM)\b/.test(error.message)) reject(error);
    });
  });
  await Promise.race([untilReady(redis, LOAD_TIMEOUT_MS), refused]);
}

async function isOurs(redis: Redis, directory: string, proof: string): Promise<boolean> {
  try {
    await untilAccepted(redis);
    const isSameFolder = (await setting(redis, 'dir')) === (await realpath(directory));
    return isSameFolder && (await setting(redis, PROOF_SETTING)) === proof;
  } catch {
    return false;
  }
}

/**
 * Whether the server at `socket` is the one of this folder: it takes our password, keeps its file
 * here and knows what only a server that was started from here can know.
 * @throws Error that names the socket and the remedy
 */
export async function assertOurRedis(
  socket: string,
  directory: string,
  identity: RedisIdentity,
): Promise<void> {
  const redis = connectForRequests(addressOf(socket, identity));
  try {
    if (await isOurs(redis, directory, identity.proof)) return;
  } finally {
    redis.disconnect();
  }
  throw new Error(
    `what answers at ${socket} is not the Redis of ${directory}: it does not know what is kept there. ` +
      'End that process, or set REDIS_URL.',
  );
}
