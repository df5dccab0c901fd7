import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childEnvironment } from '../config/child-environment.js';
import { isListening } from './is-listening.js';
import { connectForWork, untilReady } from './redis-connections.js';
import { addressOf, assertOurRedis, identityConfig, loadRedisIdentity } from './redis-identity.js';
import { prepareSocket } from './redis-socket.js';
import { withStartLock } from './start-lock.js';
import { endFormerRedis, isUsedByOthers, shutDown } from './stop-redis.js';

export interface EmbeddedRedis {
  /** `unix://:password@/…`: secret, never log it. */
  url: string;
  /** The path of the socket. */
  socketPath: string;
  /** Stops it in order: resolves after everything in memory is in its file. */
  stop(): Promise<void>;
}

export interface EmbeddedRedisOptions {
  binary: string;
  /** Holds the append-only file. */
  directory: string;
  /**
   * For a short-lived process beside a running service, such as a CLI command: `stop` leaves a
   * Redis running that ran before, or that others use by now.
   */
  isTemporary?: boolean;
  onExit?: (code: number | null, willRestart: boolean) => void;
}

const READY_TIMEOUT_MS = 15_000;
const RESTART_DELAY_MS = 500;

/**
 * Starts redis-server as a child process, reachable only over a private Unix socket and with a
 * password. Every write goes to its append-only file. If it dies, it is started again with the
 * content of that file. A server that already runs is used after it has proved to be ours: it was
 * left by a killed process, or belongs to another one, and two servers would corrupt one file.
 */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const lock = join(options.directory, 'start.lock');
  const { socket, identity } = await withStartLock(lock, async () => {
    const found = await prepareSocket(options.directory);
    return { socket: found, identity: await loadRedisIdentity(options.directory) };
  });
  const url = addressOf(socket, identity);
  let stopping = false;
  let child: ChildProcess | undefined;
  let lastOutput = '';

  function launch(): ChildProcess {
    const started = spawn(
      options.binary,
      [
        // Secrets are passed over standard input: every user can read arguments.
        ...['-', '--port', '0', '--unixsocket', socket, '--unixsocketperm', '700'],
        // Not `everysec`: while it syncs, Redis answers before it has written, and a kill loses
        // what it answered (flushAppendOnlyFile,
        // https://github.com/redis/redis/blob/7.0/src/aof.c).
        ...['--dir', options.directory, '--appendonly', 'yes', '--appendfsync', 'always'],
        ...['--save', '', '--maxmemory-policy', 'noeviction', '--daemonize', 'no'],
      ],
      // A process group of its own: Ctrl-C reaches every process of the terminal, but Redis must
      // outlive this process to store its last writes.
      { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: childEnvironment() },
    );
    // A process that fails at once reads nothing; its exit event reports that.
    started.stdin?.on('error', () => undefined);
    started.stdin?.end(identityConfig(identity));
    const remember = (chunk: Buffer) => {
      lastOutput = (lastOutput + chunk.toString()).slice(-2_000);
    };
    started.stdout?.on('data', remember);
    started.stderr?.on('data', remember);
    started.on('error', (error) => {
      lastOutput = error.message;
      child = undefined;
    });
    started.on('exit', (code) => {
      options.onExit?.(code, !stopping);
      child = undefined;
      void replace();
    });
    return started;
  }

  /** Holds the lock until Redis answers, so that no other process starts one meanwhile. */
  async function launchAndWait(): Promise<void> {
    const started = launch();
    child = started;
    const probe = connectForWork(url);
    try {
      await Promise.race([untilReady(probe, READY_TIMEOUT_MS), failure(started)]);
    } finally {
      probe.disconnect();
    }
  }

  let replacing = false;
  let endedAgain = false;

  /** Runs after the Redis in use has ended, ours or another process's, until there is one again. */
  async function replace(): Promise<void> {
    endedAgain = true;
    if (replacing) return;
    replacing = true;
    while (endedAgain && !stopping) {
      endedAgain = false;
      await sleep(RESTART_DELAY_MS);
      await withStartLock(lock, async () => {
        if (stopping || child || (await isListening(socket))) return;
        if (!stopping) await launchAndWait();
      }).catch(() => {
        // The reason, such as a full disk or a crash at its start, may be gone next time.
        endedAgain = true;
      });
    }
    replacing = false;
  }

  /** Uses a Redis of another process, which may stop it at any time: watches the connection. */
  function adopt(): () => void {
    const watch = connectForWork(url);
    watch.on('close', () => void replace());
    return () => watch.disconnect();
  }

  const stopWatching = await withStartLock(lock, async () => {
    if (await isListening(socket)) {
      await assertOurRedis(socket, options.directory, identity);
      return options.isTemporary ? undefined : adopt();
    }
    await endFormerRedis(options.directory);
    await launchAndWait().catch(() => {
      stopping = true;
      child?.kill('SIGKILL');
      throw new Error(
        `${options.binary} did not start. Install redis-server (6.2 or newer) or set REDIS_URL.\n${lastOutput}`,
      );
    });
    return undefined;
  });

  return {
    url,
    socketPath: socket,
    async stop() {
      stopping = true;
      stopWatching?.();
      if (!child) {
        if (!options.isTemporary) await shutDown(url);
      } else if (options.isTemporary && (await isUsedByOthers(url))) detach(child);
      else await endChild(child);
    },
  };
}

/** Rejects when the process ends or cannot be started. */
async function failure(child: ChildProcess): Promise<never> {
  await once(child, 'exit');
  throw new Error('redis-server ended');
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/**
 * Detaches it, so that it outlives this process. Redis ignores SIGPIPE, so closing its output is
 * safe.
 */
function detach(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
}
