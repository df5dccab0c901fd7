import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAsk, pause } from './http-client.js';
import type { Reading } from './inside-service.js';

const KEY = 'soak-key-0123456789';
const START_TIMEOUT_MS = 120_000;
const READING_TIMEOUT_MS = 30_000;
/** Compiled beside this file. */
const PROGRAM = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const INSIDE = new URL('./inside-service.js', import.meta.url).href;
/** What stands in the hostile templates for the address of the strange server. */
const HOST_IN_TEMPLATES = '127.0.0.1:65535';

export const BUNDLED_TEMPLATES = 'templates';

/** The templates of the program, of the tests and hostile ones, in one folder. */
async function writeTemplates(folder: string, strangeHost: string): Promise<void> {
  await cp(BUNDLED_TEMPLATES, folder, { recursive: true });
  await cp('test/support/templates-e2e', folder, { recursive: true });
  await cp('bench/soak/templates', folder, { recursive: true });
  for (const name of ['template.json', 'style.css']) {
    const file = join(folder, 'endless-font', name);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replaceAll(HOST_IN_TEMPLATES, strangeHost));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/**
 * The built service as a process of its own, with folders of its own: its data, its templates, and
 * its temporary files, so that whatever it leaves there is seen.
 */
export async function startSoakedService(strangeHost: string) {
  const folder = await mkdtemp(join(tmpdir(), 'cp-soak-'));
  const [dataDir, templatesDir, temporaryDir] = ['data', 'templates', 'tmp'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await Promise.all([mkdir(dataDir), mkdir(temporaryDir)]);
  await writeTemplates(templatesDir, strangeHost);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const service = spawn(process.execPath, ['--expose-gc', '--import', INSIDE, PROGRAM], {
    env: {
      LOG_LEVEL: 'error',
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      PUBLIC_URL: url,
      API_KEY: KEY,
      DATA_DIR: dataDir,
      TEMPLATES_DIR: templatesDir,
      TMPDIR: temporaryDir,
      EGRESS_ALLOW: strangeHost,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(service, 'exit') as Promise<[number | null]>;
  process.once('exit', () => service.kill('SIGKILL'));
  const ask = createAsk(url, KEY);

  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (service.exitCode !== null) throw new Error('the service ended');
    if (Date.now() > deadline) throw new Error('the service does not get ready');
    const isReady = await ask('/readyz').then(
      ({ status }) => status === 200,
      () => false,
    );
    if (isReady) break;
    await pause(200);
  }
  return {
    url,
    key: KEY,
    ask,
    pid: service.pid ?? 0,
    temporaryDir,
    /** Collects its garbage and reads what is left. `from-here` also begins the delays anew. */
    async readInside(message: 'read' | 'from-here' = 'read'): Promise<Reading> {
      const answer = once(service, 'message', { signal: AbortSignal.timeout(READING_TIMEOUT_MS) });
      service.send(message);
      const [reading] = (await answer) as [Reading];
      return reading;
    },
    /** Ends it in order. */
    async stop(): Promise<number | null> {
      service.kill('SIGTERM');
      const [code] = await ended;
      return code;
    },
    /** Down to the profiles of browsers, which stand in a folder of their own. */
    async listTemporary(): Promise<string[]> {
      const names = await readdir(temporaryDir);
      const below = await Promise.all(
        names.map(async (name) => {
          const inside = await readdir(join(temporaryDir, name)).catch(() => []);
          return inside.map((one) => `${name}/${one}`);
        }),
      );
      return [...names, ...below.flat()];
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export type SoakedService = Awaited<ReturnType<typeof startSoakedService>>;
