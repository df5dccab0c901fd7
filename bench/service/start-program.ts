import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageInfo } from '../../src/config/package-info.js';

const compiled = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PROGRAMS = {
  service: compiled('../../src/main.js'),
  worker: compiled('../../workers/render.js'),
  /** What `npm start` runs: builds the project first if that is due. */
  'npm-start': join(packageInfo.root, 'scripts', 'start.mjs'),
} as const;
const KEY = 'bench-key-0123456789';
const START_TIMEOUT_MS = 60_000;
const LOOK_INTERVAL_MS = 20;

export interface ProgramOptions {
  /**
   * The API, with its workers unless CARDPRESS_ROLE says otherwise; a render worker alone; or the
   * whole as `npm start` has it.
   */
  program?: keyof typeof PROGRAMS;
  env?: Record<string, string>;
  /** Runs on these processors alone, as `taskset -c` takes them. */
  processors?: string;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  const endsAt = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode}`);
    const isReady = await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return;
    if (Date.now() > endsAt) throw new Error(`${url} is not ready after ${START_TIMEOUT_MS} ms`);
    await pause(LOOK_INTERVAL_MS);
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

/** The compiled program as a process of its own, with a data folder of its own unless given. */
export async function startProgram(options: ProgramOptions = {}) {
  const { program = 'service', env = {}, processors } = options;
  const startedAt = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'cp-bench-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const pin = processors === undefined ? [] : ['taskset', '-c', processors];
  const [command = '', ...args] = [...pin, process.execPath, PROGRAMS[program]];
  const child = spawn(command, args, {
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      HEALTH_PORT: String(port),
      PUBLIC_URL: url,
      API_KEY: KEY,
      DATA_DIR: folder,
      STORAGE: 'file',
      LOG_LEVEL: 'warn',
      QUEUE_LIMIT: '100000',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);

  async function stop(): Promise<void> {
    process.removeListener('exit', kill);
    await stopChild(child);
    await rm(folder, { recursive: true, force: true });
  }
  try {
    await untilReady(child, url);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    pid: child.pid ?? 0,
    headers: { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/json' },
    /** From the start of the process to its first `ready`. */
    readyMs: performance.now() - startedAt,
    stop,
  };
}

export type Program = Awaited<ReturnType<typeof startProgram>>;
