import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childEnvironment } from '../config/child-environment.js';
import { isListening } from './is-listening.js';
import { connectForWork, untilReady } from './redis-connections.js';
import { endFormerRedis, isUsedByOthers, shutDown } from './redis-farewell.js';
import { addressOf, assertOurRedis, identityConfig, loadRedisIdentity } from './redis-identity.js';
import { prepareSocket } from './redis-socket.js';
import { withStartLock } from './start-lock.js';

export interface EmbeddedRedis {
  /** `unix://:password@/…`: not for the eyes of anybody. */
  url: string;
  /** The path in it. */
  socketPath: string;
  /** Ends it in order: what is in memory is in its file before this resolves. */
  stop(): Promise<void>;
}

export interface EmbeddedRedisOptions {
  binary: string;
  /** Holds the append-only file. */
  directory: string;
  /**
   * For a short visit beside a server, as the command line makes it: `stop` leaves a Redis alone
   * that was running before, and one of ours that others use by now.
   */
  guest?: boolean;
  onExit?: (code: number | null, willRestart: boolean) => void;
}

const READY_TIMEOUT_MS = 15_000;
const RESTART_DELAY_MS = 500;

/**
 * A redis-server as our child, reached over a Unix socket of ours alone and with a password, with
 * every write in its append-only file. If it dies it is started again, with what its file holds.
 * One that runs already is used, once it has proved to be ours: it was left by a process that was
 * killed, or belongs to another one, and two servers on one file would spoil it.
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
        // Secrets come over standard input: arguments are there for all to read.
        ...['-', '--port', '0', '--unixsocket', socket, '--unixsocketperm', '700'],
        // Not `everysec`: while that syncs, Redis answers before it has written, and a kill loses
        // what it answered (flushAppendOnlyFile, https://github.com/redis/redis/blob/7.0/src/aof.c).
        ...['--dir', options.directory, '--appendonly', 'yes', '--appendfsync', 'always'],
        ...['--save', '', '--maxmemory-policy', 'noeviction', '--daemonize', 'no'],
      ],
      // A group of its own: Ctrl-C reaches every process of the terminal, and Redis must outlive
      // us to keep what we finish.
      { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: childEnvironment() },
    );
    // One that cannot be run, or ends at once, reads nothing; its exit says so.
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

  /** Within the lock until it answers, so that nobody takes it for missing meanwhile. */
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

  /** After the one in use has ended, ours or another's; until there is one again. */
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
        // Whatever it was, a full disk or a crash at its start, may be over the next time.
        endedAgain = true;
      });
    }
    replacing = false;
  }

  /** The process that started it may end it at any time. */
  function adopt(): () => void {
    const watch = connectForWork(url);
    watch.on('close', () => void replace());
    return () => watch.disconnect();
  }

  const stopWatching = await withStartLock(lock, async () => {
    if (await isListening(socket)) {
      await assertOurRedis(socket, options.directory, identity);
      return options.guest ? undefined : adopt();
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
        if (!options.guest) await shutDown(url);
      } else if (options.guest && (await isUsedByOthers(url))) letGo(child);
      else await endChild(child);
    },
  };
}

/** Rejects when it ends, or could not be started at all. */
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

/** It goes on without us. Redis ignores SIGPIPE, so that it may lose its output. */
function letGo(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.unref();
}
