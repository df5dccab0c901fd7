import { chmod, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { loadOrMakeSecret } from '../config/secrets.js';
import { connectForRequests, untilReady } from './redis-connections.js';

/** How this program and the embedded Redis authenticate each other. */
export interface RedisIdentity {
  /** The password that we send. */
  password: string;
  /**
   * The secret that the server must return. A fake server that received the password does not know
   * it.
   */
  proof: string;
}

/** For a server that is still loading its file, which can be large. */
const LOAD_TIMEOUT_MS = 15_000;
/**
 * A setting of Redis that can hold a text, is not visible in `ps`, and has no effect without
 * replicas. `CONFIG GET` returns it to clients with the password.
 */
const PROOF_SETTING = 'masterauth';

async function keptSecret(directory: string, name: string): Promise<string> {
  const secret = await loadOrMakeSecret(directory, name);
  // A copy or a backup may have given it another mode.
  await chmod(join(directory, name), 0o600);
  return secret;
}

/**
 * Created once and kept in `directory`, mode 0600: `password`, which `redis-cli` can use too, and
 * `proof`.
 */
export async function loadRedisIdentity(directory: string): Promise<RedisIdentity> {
  return {
    password: await keptSecret(directory, 'password'),
    proof: await keptSecret(directory, 'proof'),
  };
}

/** Configuration for the standard input of a server: every user can read arguments. */
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

/** Resolves once it answers; rejects at once if it refuses the password. */
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
 * Checks that the server at `socket` is the one of this folder: it accepts our password, keeps its
 * file here and knows the proof.
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
