import { createHash } from 'node:crypto';
import { type RedisOptions as IoredisOptions, Redis } from 'ioredis';
import { AppError } from '../errors/app-error.js';

type RedisOptions = Omit<IoredisOptions, 'replyMapping'>;

/**
 * Parses `redis://…`, `rediss://…`, or the path of a Unix socket as `unix:///path`, which may have
 * a password: `unix://:password@/path`, encoded as in any URL.
 */
export function redisOptions(url: string): RedisOptions & { url?: string } {
  const [, username, password, path] = /^unix:\/\/(?:([^/@:]*):([^/@]*)@)?(\/.*)$/s.exec(url) ?? [];
  if (path === undefined) return { url };
  return {
    path,
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
  };
}

function connect(url: string, options: RedisOptions): Redis {
  const { url: address, ...rest } = redisOptions(url);
  const merged: RedisOptions = { ...rest, ...options };
  const redis = address ? new Redis(address, merged) : new Redis(merged);
  // Without a listener an unreachable Redis would end the process; callers get their own errors.
  redis.on('error', () => undefined);
  return redis;
}

const reconnectDelayMs = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000);

const COMMAND_TIMEOUT_MS = 5_000;
/**
 * A connection whose peer vanished silently (a machine that died, a firewall that dropped it) would
 * accept commands until the kernel gives up, after a quarter of an hour by default (tcp_retries2,
 * https://docs.kernel.org/networking/ip-sysctl.html).
 */
const REQUEST_SOCKET_TIMEOUT_MS = 6_000;
/** Longer than any command here blocks: half a minute, for the answer of a worker. */
const WORK_SOCKET_TIMEOUT_MS = 60_000;

/** For requests: a command that cannot be sent now fails at once, so that a caller gets a 503. */
export function connectForRequests(url: string): Redis {
  return connect(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: REQUEST_SOCKET_TIMEOUT_MS,
    retryStrategy: reconnectDelayMs,
  });
}

/** For background work: waits until Redis is reachable. */
export function connectForWork(url: string): Redis {
  return connect(url, {
    maxRetriesPerRequest: null,
    socketTimeout: WORK_SOCKET_TIMEOUT_MS,
    retryStrategy: reconnectDelayMs,
  });
}

const UNAVAILABLE = 'Redis cannot be reached or refused a command. Try again shortly.';

/** Runs Redis commands; every error of Redis becomes `redis_unavailable` with `detail`. */
export async function withRedis<T>(work: () => Promise<T>, detail = UNAVAILABLE): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('redis_unavailable', {
      detail,
      retryAfterSeconds: 5,
      cause,
    });
  }
}

const scriptHashes = new Map<string, string>();

function hashOf(script: string): string {
  const known = scriptHashes.get(script);
  if (known !== undefined) return known;
  const hash = createHash('sha1').update(script).digest('hex');
  scriptHashes.set(script, hash);
  return hash;
}

/** Runs a Lua script by its hash; sends its text only if Redis does not know it. */
export async function evalScript(
  redis: Redis,
  script: string,
  numberOfKeys: number,
  ...keysAndArguments: (string | number)[]
): Promise<unknown> {
  try {
    return await redis.evalsha(hashOf(script), numberOfKeys, ...keysAndArguments);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return redis.eval(script, numberOfKeys, ...keysAndArguments);
  }
}

/** Replies of a pipeline or transaction; throws the first error of a command. */
export function answersOf(replies: [Error | null, unknown][] | null): unknown[] {
  return (replies ?? []).map(([error, answer]) => {
    if (error) throw error;
    return answer;
  });
}

/** Resolves once the connection is ready; rejects after `timeoutMs`. */
export async function untilReady(redis: Redis, timeoutMs: number): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      redis.off('ready', onReady);
      reject(
        new AppError('redis_unavailable', {
          detail: 'Redis did not answer. Check REDIS_URL and that redis-server is running.',
        }),
      );
    }, timeoutMs);
    const onReady = () => {
      clearTimeout(timer);
      resolve();
    };
    redis.once('ready', onReady);
  });
}
