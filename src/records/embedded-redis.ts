import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectForRequests, connectForWork, untilReady } from './redis-connections.js';

export interface EmbeddedRedis {
  /** `unix:///…` */
  url: string;
  /** Ends it in order: what is in memory is in its file before this resolves. */
  stop(): Promise<void>;
}

export interface EmbeddedRedisOptions {
  binary: string;
  /** Holds the append-only file. */
  directory: string;
  onExit?: (code: number | null, willRestart: boolean) => void;
}

const READY_TIMEOUT_MS = 15_000;
const RESTART_DELAY_MS = 500;

/** Socket paths are limited to about 100 bytes, so it does not stand below the data folder. */
function socketPath(directory: string): string {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  return join(tmpdir(), `cardpress-${process.getuid?.() ?? 0}-${name}.sock`);
}

async function answers(url: string): Promise<boolean> {
  const probe = connectForRequests(url);
  try {
    await untilReady(probe, 300);
    return true;
  } catch {
    return false;
  } finally {
    probe.disconnect();
  }
}

async function shutDown(url: string): Promise<void> {
  const redis = connectForRequests(url);
  try {
    await untilReady(redis, 1_000);
    // It closes the connection instead of answering.
    await redis.call('SHUTDOWN').catch(() => undefined);
  } finally {
    redis.disconnect();
  }
}

/**
 * A redis-server as our child, reached over a Unix socket, with every write in its append-only
 * file. If it dies it is started again, with what its file holds.
 */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const socket = socketPath(options.directory);
  const url = `unix://${socket}`;
  let stopping = false;
  let child: ChildProcess;
  let lastOutput = '';

  function launch(): ChildProcess {
    const started = spawn(
      options.binary,
      [
        ...['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700'],
        ...['--dir', options.directory, '--appendonly', 'yes', '--appendfsync', 'everysec'],
        ...['--save', '', '--maxmemory-policy', 'noeviction', '--daemonize', 'no'],
      ],
      // A group of its own: Ctrl-C reaches every process of the terminal, and Redis must outlive
      // us to keep what we finish.
      { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
    );
    const remember = (chunk: Buffer) => {
      lastOutput = (lastOutput + chunk.toString()).slice(-2_000);
    };
    started.stdout?.on('data', remember);
    started.stderr?.on('data', remember);
    started.on('error', (error) => {
      lastOutput = error.message;
    });
    started.on('exit', (code) => {
      options.onExit?.(code, !stopping);
      if (stopping) return;
      setTimeout(() => {
        if (!stopping) child = launch();
      }, RESTART_DELAY_MS);
    });
    return started;
  }

  // Left over from a process that was killed: two servers on one file would spoil it.
  if (await answers(url)) return { url, stop: () => shutDown(url) };
  child = launch();
  const probe = connectForWork(url);
  try {
    await untilReady(probe, READY_TIMEOUT_MS);
  } catch {
    stopping = true;
    child.kill('SIGKILL');
    throw new Error(
      `${options.binary} did not start. Install redis-server (6.2 or newer) or set REDIS_URL.\n${lastOutput}`,
    );
  } finally {
    probe.disconnect();
  }

  return {
    url,
    async stop() {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}
