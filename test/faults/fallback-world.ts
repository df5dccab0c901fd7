import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumPath } from '../support/chromium-path.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { templatesWithGeneric } from '../support/link-server.js';
import { startRedis } from '../support/redis-server.js';
import {
  type ProcessOptions,
  type ServiceProcess,
  startServiceProcess,
} from '../support/service-process.js';
import { type SwiftServer, startSwift } from '../support/swift-server.js';
import { until } from '../support/until.js';

const BUCKET = 'pictures';

/** Takes a fault away again. */
export type Mend = () => Promise<void>;

/** A Chromium that can be told to die at every start. */
async function makeChromium(folder: string): Promise<{ path: string; brokenMark: string }> {
  const path = join(folder, 'chromium');
  const brokenMark = join(folder, 'broken');
  const script = `#!/bin/sh\n[ -e "${brokenMark}" ] && exit 1\nexec "${await chromiumPath()}" "$@"\n`;
  await writeFile(path, script, { mode: 0o755 });
  return { path, brokenMark };
}

/** Process ids of all that a process has started, and what these have. */
async function descendantsOf(pid: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    // The name of the program stands in brackets and may hold anything.
    const parent = /^\S+ \(.*\) \S (\d+)/s.exec(stat)?.[1];
    if (parent) parents.set(Number(name), Number(parent));
  }
  const found = [pid];
  for (const one of found) {
    for (const [child, parent] of parents) if (parent === one) found.push(child);
  }
  return found.slice(1);
}

function killAll(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // A helper that ended by itself in the meantime.
    }
  }
}

/** Its port may have gone to somebody's outgoing connection, maybe its own to Redis. */
async function startProcess(options: ProcessOptions, attempts = 5): Promise<ServiceProcess> {
  try {
    return await startServiceProcess(options);
  } catch (error) {
    if (attempts === 1 || !String(error).includes('EADDRINUSE')) throw error;
    return startProcess(options, attempts - 1);
  }
}

async function startBucket(swift: SwiftServer) {
  await swift.createBucket(BUCKET);
  const proxy = await startFaultProxy({
    host: '127.0.0.1',
    port: Number(new URL(swift.endpoint).port),
  });
  const env = {
    STORAGE: 's3',
    S3_BUCKET: BUCKET,
    S3_ENDPOINT: `http://127.0.0.1:${proxy.port}`,
    S3_REGION: swift.region,
    S3_FORCE_PATH_STYLE: 'true',
    AWS_ACCESS_KEY_ID: swift.accessKeyId,
    AWS_SECRET_ACCESS_KEY: swift.secretAccessKey,
  };
  return { proxy, env };
}

/**
 * The compiled service as processes of their own (the API; a render worker with its Chromium) over
 * a Redis and a storage that can each be taken away.
 */
export async function startFallbackWorld(own: { storage: 'file' | 's3'; budgetMs: number }) {
  const folder = await mkdtemp(join(tmpdir(), 'cp-fallbackChain-'));
  const templates = await templatesWithGeneric();
  const dataDir = join(folder, 'data');
  const chromium = await makeChromium(folder);
  const redis = await startRedis();
  const redisProxy = await startFaultProxy({ path: redis.socketPath });
  const swift = own.storage === 's3' ? await startSwift() : undefined;
  const bucket = swift && (await startBucket(swift));
  const env = {
    REDIS_URL: `redis://127.0.0.1:${redisProxy.port}`,
    DATA_DIR: dataDir,
    TEMPLATES_DIR: templates,
    CHROMIUM_PATH: chromium.path,
    DYNAMIC_BUDGET_MS: String(own.budgetMs),
    LOG_LEVEL: 'warn',
    ...bucket?.env,
  };
  const apiOptions: ProcessOptions = { program: 'service', env: { ...env, CARDPRESS_ROLE: 'api' } };
  const startWorker = () => startProcess({ program: 'worker', env });
  let api: ServiceProcess = await startProcess(apiOptions);
  let worker: ServiceProcess | undefined = await startWorker();

  return {
    budgetMs: own.budgetMs,
    redisProxy,
    /** Only with S3. */
    bucketProxy: bucket?.proxy,
    get api() {
      return api;
    },

    /** The API dies and starts anew, with nothing in its memory. */
    async restartApi(): Promise<void> {
      await api.signal('SIGKILL');
      api = await startServiceProcess({ ...apiOptions, untilReady: false });
      await until(async () => {
        if (api.output().includes('EADDRINUSE')) {
          api = await startServiceProcess({ ...apiOptions, untilReady: false });
        }
        return api.api('/healthz').then(
          ({ status }) => status === 200,
          () => false,
        );
      }, 60_000);
    },

    /** Ends as the kernel's out-of-memory killer would end it. */
    async killRedis(): Promise<Mend> {
      await redis.kill9();
      return () => redis.restart();
    },
    /** Is there, and never answers. */
    async stopRedis(): Promise<Mend> {
      const connection = redis.connect();
      const pid = Number(/process_id:(\d+)/.exec(await connection.info('server'))?.[1]);
      connection.disconnect();
      process.kill(pid, 'SIGSTOP');
      return async () => void process.kill(pid, 'SIGCONT');
    },

    async removeStorage(): Promise<Mend> {
      const images = join(dataDir, 'images');
      await rename(images, `${images}.away`);
      return async () => {
        // The service may have made it anew.
        await rm(images, { recursive: true, force: true });
        await rename(`${images}.away`, images);
      };
    },
    async putFileForStorage(): Promise<Mend> {
      const images = join(dataDir, 'images');
      await rename(images, `${images}.away`);
      await writeFile(images, 'no folder');
      return async () => {
        await rm(images);
        await rename(`${images}.away`, images);
      };
    },

    /** Kills the browsers that run, and each that is started. */
    async breakChromium(): Promise<Mend> {
      await writeFile(chromium.brokenMark, '');
      killAll(await descendantsOf(worker?.pid ?? 0));
      return () => rm(chromium.brokenMark);
    },
    async killWorker(): Promise<Mend> {
      const pids = await descendantsOf(worker?.pid ?? 0);
      await worker?.signal('SIGKILL');
      killAll(pids);
      worker = undefined;
      return async () => {
        worker = await startWorker();
      };
    },

    async removeTemplate(id: string): Promise<Mend> {
      const known = async () => (await api.api(`/v1/templates/${id}`)).status;
      await rename(join(templates, id), join(folder, `template-${id}`));
      await until(async () => (await known()) === 404, 20_000);
      return () => rename(join(folder, `template-${id}`), join(templates, id));
    },

    /** What the processes said, where a test has to explain itself. */
    output: () => `${api.output()}\n${worker?.output() ?? ''}`,

    async stop() {
      const pids = await descendantsOf(worker?.pid ?? 0);
      await Promise.all([api.signal('SIGKILL'), worker?.signal('SIGKILL')]);
      killAll(pids);
      await redisProxy.stop();
      await bucket?.proxy.stop();
      await redis.stop();
      await swift?.stop();
      for (const one of [folder, templates]) await rm(one, { recursive: true, force: true });
    },
  };
}

export type FallbackWorld = Awaited<ReturnType<typeof startFallbackWorld>>;
