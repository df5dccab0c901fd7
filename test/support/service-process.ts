import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ApiCall, ask } from './api-client.js';
import { freePort, SERVICE_KEY, serviceEnvironment } from './service-environment.js';
import { until } from './until.js';

const PROGRAMS = {
  service: 'dist/src/main.js',
  worker: 'dist/workers/render.js',
  deliver: 'dist/workers/deliver.js',
} as const;

export interface ProcessOptions {
  /** The API, with its workers unless CARDPRESS_ROLE says otherwise; or a worker alone. */
  program: keyof typeof PROGRAMS;
  env: Record<string, string>;
  /** Default true: resolves once the process says that it is ready. */
  untilReady?: boolean;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The compiled service as a process of its own, for what only a process can suffer. */
export async function startServiceProcess(options: ProcessOptions) {
  const program = fileURLToPath(new URL(`../../${PROGRAMS[options.program]}`, import.meta.url));
  if (!existsSync(program)) {
    throw new Error(
      `${PROGRAMS[options.program]} is missing: run "npm run build" (npm test does).`,
    );
  }
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = await serviceEnvironment({
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    ...(process.env.TMPDIR ? { TMPDIR: process.env.TMPDIR } : {}),
    ...(process.env.CARDPRESS_REDIS_SERVER
      ? { CARDPRESS_REDIS_SERVER: process.env.CARDPRESS_REDIS_SERVER }
      : {}),
    HOST: '127.0.0.1',
    PUBLIC_URL: url,
    [options.program === 'service' ? 'PORT' : 'HEALTH_PORT']: String(port),
    ...options.env,
  });
  const child: ChildProcess = spawn(process.execPath, [program], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const remember = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout?.on('data', remember);
  child.stderr?.on('data', remember);
  let hasEnded = false;
  const ended = new Promise<Ended>((resolve) => {
    // `close`, not `exit`: by then all that it said has been read.
    child.once('close', (code, signal) => {
      hasEnded = true;
      resolve({ code, signal });
    });
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  void ended.then(() => process.removeListener('exit', kill));

  const api = (path: string, call?: ApiCall) =>
    ask(path.startsWith('http') ? path : url + path, SERVICE_KEY, call);
  if (options.untilReady !== false) {
    await until(async () => {
      if (hasEnded) throw new Error(`The process ended early:\n${output}`);
      return api('/readyz').then(
        ({ status }) => status === 200,
        () => false,
      );
    }, 60_000);
  }
  return {
    url,
    port,
    pid: child.pid ?? 0,
    api,
    ended,
    /** What it wrote so far, to stdout and stderr. */
    output: () => output,
    async signal(name: NodeJS.Signals): Promise<Ended> {
      child.kill(name);
      return ended;
    },
  };
}

export type ServiceProcess = Awaited<ReturnType<typeof startServiceProcess>>;
