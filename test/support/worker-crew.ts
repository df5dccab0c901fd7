import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./dying-worker.mjs', import.meta.url));

export interface CrewOptions {
  env: Record<string, string>;
  /** Processes at once. Default 1. */
  size?: number;
}

/** Worker processes that are started again whenever one ends, as a supervisor does. */
export function startCrew({ env, size = 1 }: CrewOptions) {
  const running = new Set<ChildProcess>();
  const output: string[] = [];
  let deaths = 0;
  let isOver = false;
  const end = () => {
    for (const child of running) child.kill('SIGKILL');
  };
  process.once('exit', end);

  function start(): void {
    const child = spawn(process.execPath, [PROGRAM], {
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    running.add(child);
    child.stderr?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
    child.once('exit', (_code, signal) => {
      running.delete(child);
      if (isOver) return;
      if (signal === 'SIGKILL') deaths += 1;
      start();
    });
  }
  for (let n = 0; n < size; n += 1) start();

  return {
    /** Ends by SIGKILL so far, whoever sent it. */
    get deaths() {
      return deaths;
    },
    /** What they said of themselves, for a test that fails. */
    output: () => output.join(''),
    /** Signals all; resolves once they have ended, and others are there. */
    async signal(name: 'SIGTERM' | 'SIGKILL'): Promise<void> {
      const all = [...running];
      await Promise.all(
        all.map(async (child) => {
          const ended = once(child, 'exit');
          child.kill(name);
          await ended;
        }),
      );
    },
    async stop(): Promise<void> {
      isOver = true;
      process.removeListener('exit', end);
      const ended = [...running].map((child) => once(child, 'exit'));
      end();
      await Promise.all(ended);
    },
  };
}

export type Crew = ReturnType<typeof startCrew>;
