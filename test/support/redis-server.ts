import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { requireService } from './require-service.js';

const READY_TIMEOUT_MS = 10_000;
const PROBE_INTERVAL_MS = 10;

export interface RedisServer {
  /** Options for `new Redis(options)`: a Unix socket, so no port can clash. */
  options: RedisOptions;
  /** The same address as a path, for settings that take one. */
  socketPath: string;
  /** The folder that holds socket and append-only file; it outlives `kill9` and `restart`. */
  dir: string;
  /** A connection that `stop` closes. */
  connect(more?: Omit<RedisOptions, 'replyMapping'>): Redis;
  /** Ends the process at once, as the kernel's out-of-memory killer would. */
  kill9(): Promise<void>;
  /** Starts the process again on the same folder; what the append-only file holds is back. */
  restart(): Promise<void>;
  /** Closes connections, ends the process and deletes the folder. */
  stop(): Promise<void>;
}

export interface StartRedisOptions {
  /** Write every command to the append-only file before answering (default true). */
  appendOnly?: boolean;
}

function launch(dir: string, socketPath: string, appendOnly: boolean): ChildProcess {
  const args = ['--port', '0', '--unixsocket', socketPath, '--dir', dir, '--save', ''];
  args.push('--maxmemory-policy', 'noeviction');
  // What is killed here is the process and not the machine, whose memory keeps what was written.
  args.push('--appendonly', appendOnly ? 'yes' : 'no', '--appendfsync', 'no');
  return spawn(process.env.CARDPRESS_REDIS_SERVER ?? 'redis-server', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** One PING over a bare socket: a client's own reconnecting and timers would only be in the way. */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath, () => socket.write('PING\r\n'));
    const settle = (ready: boolean) => {
      resolve(ready);
      socket.destroy();
    };
    socket.once('data', (reply: Buffer) => settle(reply.toString().startsWith('+PONG')));
    socket.once('error', () => settle(false));
    socket.once('close', () => settle(false));
  });
}

/** Resolves when the server answers PING; rejects with its output when it ends before that. */
async function untilReady(child: ChildProcess, socketPath: string): Promise<void> {
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  let failure: string | undefined;
  child.once('error', (error) => {
    failure = `redis-server did not start: ${error.message}`;
  });
  child.once('exit', (code) => {
    failure ??= `redis-server ended with ${code}`;
  });
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await answers(socketPath))) {
    if (failure) throw new Error(`${failure}\n${output}`);
    if (Date.now() > deadline) throw new Error(`redis-server is not ready\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, PROBE_INTERVAL_MS));
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/** A real redis-server of its own for one test file, reached over a Unix socket. */
export async function startRedis(options: StartRedisOptions = {}): Promise<RedisServer> {
  await requireService('redis');
  const appendOnly = options.appendOnly ?? true;
  const dir = await mkdtemp(join(tmpdir(), 'cp-redis-'));
  const socketPath = join(dir, 'redis.sock');
  const connections: Redis[] = [];
  let child = launch(dir, socketPath, appendOnly);
  // A test run that dies must not leave servers behind.
  const onProcessExit = () => child.kill('SIGKILL');
  process.once('exit', onProcessExit);
  try {
    await untilReady(child, socketPath);
  } catch (error) {
    child.kill('SIGKILL');
    process.removeListener('exit', onProcessExit);
    await rm(dir, { recursive: true, force: true });
    throw error;
  }

  return {
    options: { path: socketPath },
    socketPath,
    dir,
    connect(more = {}) {
      const redis = new Redis({ ...more, path: socketPath });
      redis.on('error', () => undefined);
      connections.push(redis);
      return redis;
    },
    kill9: () => end(child, 'SIGKILL'),
    async restart() {
      await end(child, 'SIGTERM');
      child = launch(dir, socketPath, appendOnly);
      await untilReady(child, socketPath);
    },
    async stop() {
      for (const redis of connections) {
        // Closing a closed one leaves ioredis a timer of 2 s, which would hold up the test run.
        if (redis.status !== 'end') redis.disconnect();
      }
      await end(child, 'SIGTERM');
      process.removeListener('exit', onProcessExit);
      await rm(dir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
