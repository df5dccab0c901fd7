import { createHash } from 'node:crypto';
import { type RedisOptions as IoredisOptions, Redis } from 'ioredis';
import { AppError } from '../errors/app-error.js';

type RedisOptions = Omit<IoredisOptions, 'replyMapping'>;

/**
 * `redis://…`, `rediss://…`, or the path of a Unix socket as `unix:///path`, which may have a
 * password too: `unix://:password@/path`, spelled as in any address.
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
  // Without a listener an unreachable Redis would end the process; callers see their own failures.
  redis.on('error', () => undefined);
  return redis;
}

const reconnectDelayMs = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000);

const COMMAND_TIMEOUT_MS = 5_000;
/**
 * A connection whose other end is gone without a word (a machine that died, a firewall that
 * forgot) would swallow commands until the kernel gives up, which takes a quarter of an hour by
 * default (tcp_retries2, https://docs.kernel.org/networking/ip-sysctl.html).
 */
const SILENT_FOR_REQUESTS_MS = 6_000;
/** Longer than any command here blocks: half a minute, for an answer of a worker. */
const SILENT_FOR_WORK_MS = 60_000;

/** For requests: a command that cannot be sent now fails now, so that a caller gets a 503. */
export function connectForRequests(url: string): Redis {
  return connect(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: SILENT_FOR_REQUESTS_MS,
    retryStrategy: reconnectDelayMs,
  });
}

/** For work in the background: waits for Redis as long as it takes. */
export function connectForWork(url: string): Redis {
  return connect(url, {
    maxRetriesPerRequest: null,
    socketTimeout: SILENT_FOR_WORK_MS,
    retryStrategy: reconnectDelayMs,
  });
}

const UNAVAILABLE = 'Redis cannot be reached or refused a command. Try again shortly.';

/** Runs Redis commands; what Redis itself cannot do becomes `redis_unavailable` with `detail`. */
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

/** Runs a Lua script by its hash; with its text only where Redis does not know it (yet, or any more). */
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

/** Answers of a pipeline or transaction; the first error of a command is thrown. */
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
