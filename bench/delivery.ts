import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { median } from './measure/statistics.js';

/**
 * Stored pictures through the API alone, beside a bare `express.static` that serves the same bytes:
 * both in processes of their own, the load from a third (autocannon). The targets take turns, so
 * that a noisy minute meets all of them; each shown figure is the median of the rounds.
 *
 * autocannon parses what it gets in JavaScript: at some 50 MB a second it is the load generator that
 * is measured, and every target looks alike. Therefore a small picture is among those served, and
 * `cpu_us`, the server's own processor time for one request, stands beside the rate.
 *
 *   npm run bench -- delivery --seconds 10   # --rounds 3 --connections 1,32 --pictures small,jpeg
 *
 * The last line of stdout is the whole result as JSON.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '1,32' },
    pictures: { type: 'string', default: 'small,jpeg,png' },
    port: { type: 'string', default: '3191' },
  },
});
const SECONDS = Number(values.seconds);
const ROUNDS = Number(values.rounds);
const CONNECTIONS = values.connections.split(',').map(Number);
const data = { title: 'What a stored picture costs' };
/** Each is one request of `POST /v1/images`. */
const PICTURES: Record<string, object> = {
  small: { template: 'generic', data, output: { format: 'webp', quality: 10 } },
  jpeg: { template: 'article', data, output: { format: 'jpeg' } },
  png: { template: 'article', data, output: { format: 'png' } },
};
const SERVICE_PORT = Number(values.port);
const SERVICE_URL = `http://127.0.0.1:${SERVICE_PORT}`;
const STATIC_URL = `http://127.0.0.1:${SERVICE_PORT + 1}`;
const KEY = 'bench-key-0123456789';
const AUTOCANNON = 'bench/node_modules/autocannon/autocannon.js';
/** Compiled beside this file. */
const SERVICE = fileURLToPath(new URL('../src/main.js', import.meta.url));
const START_TIMEOUT_MS = 120_000;
const WARM_SECONDS = 1;
/** `USER_HZ`, which is 100 on every Linux that Node runs on: see proc(5). */
const TICK_US = 10_000;

interface Target {
  name: 'static' | '/images' | '/i';
  url: string;
  server: ChildProcess;
}

interface Round {
  perSecond: number;
  cpuUs: number;
  p50Ms: number;
  p99Ms: number;
}

/** What is read of autocannon's report. */
interface Report {
  requests: { average: number; total: number };
  latency: { p50: number; p99: number };
  non2xx: number;
  errors: number;
}

const run = promisify(execFile);
/** Ended in any case, also where one of them does not come up. */
const started: ChildProcess[] = [];
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Processor time of a process so far, all its threads together; 0 where there is no /proc. */
function cpuUs({ pid }: ChildProcess): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_US;
  } catch {
    return 0;
  }
}

async function fire(target: Target, connections: number, seconds: number): Promise<Round> {
  const flags = ['--json', '-c', String(connections), '-d', String(seconds)];
  const usedBefore = cpuUs(target.server);
  const { stdout } = await run(process.execPath, [AUTOCANNON, ...flags, target.url]);
  const used = cpuUs(target.server) - usedBefore;
  const { requests, latency, non2xx, errors } = JSON.parse(stdout) as Report;
  if (non2xx + errors > 0) {
    throw new Error(`${target.name}: ${non2xx} bad answers, ${errors} errors`);
  }
  return {
    perSecond: requests.average,
    cpuUs: used / requests.total,
    p50Ms: latency.p50,
    p99Ms: latency.p99,
  };
}

async function compare(targets: Target[], connections: number) {
  const rounds = new Map<string, Round[]>(targets.map(({ name }) => [name, []]));
  for (const target of targets) await fire(target, connections, WARM_SECONDS);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const target of targets) {
      rounds.get(target.name)?.push(await fire(target, connections, SECONDS));
    }
  }
  const of = (name: string, what: keyof Round) =>
    median((rounds.get(name) ?? []).map((round) => round[what]));
  const base = of('static', 'perSecond');
  const baseCpu = of('static', 'cpuUs');
  return targets.map(({ name }) => ({
    target: name,
    'req/s': Math.round(of(name, 'perSecond')),
    p50_ms: of(name, 'p50Ms'),
    p99_ms: of(name, 'p99Ms'),
    ratio: Number((of(name, 'perSecond') / base).toFixed(2)),
    cpu_us: Math.round(of(name, 'cpuUs')),
    // As the rate would be if the server were all that is slow.
    cpu_ratio: Number((baseCpu / of(name, 'cpuUs')).toFixed(2)),
  }));
}

async function untilUp(child: ChildProcess, url: string): Promise<void> {
  const endsAt = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`what serves ${url} ended`);
    const isUp = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (isUp) return;
    if (Date.now() > endsAt) throw new Error(`nothing serves ${url}`);
    await pause(100);
  }
}

/** The API with its access log at its usual level, in a file, as a service manager keeps it. */
async function startService(folder: string): Promise<ChildProcess> {
  const log = await open(join(folder, 'access.log'), 'a');
  const env = {
    ...process.env,
    PORT: String(SERVICE_PORT),
    HOST: '127.0.0.1',
    PUBLIC_URL: SERVICE_URL,
    API_KEY: KEY,
    STORAGE: 'file',
    DATA_DIR: join(folder, 'data'),
    LOG_LEVEL: 'info',
  };
  const child = spawn(process.execPath, [SERVICE], {
    env,
    stdio: ['ignore', log.fd, 'inherit'],
  });
  await log.close();
  started.push(child);
  await untilUp(child, `${SERVICE_URL}/readyz`);
  return child;
}

/** Express as its own guide sets it up, and nothing else. */
async function startStatic(folder: string): Promise<ChildProcess> {
  const program = [
    "import express from 'express';",
    `const app = express().use(express.static(${JSON.stringify(folder)}));`,
    `app.listen(${SERVICE_PORT + 1}, '127.0.0.1');`,
  ].join('\n');
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  started.push(child);
  await untilUp(child, `${STATIC_URL}/ready.txt`);
  return child;
}

async function ask(path: string, body: object): Promise<Record<string, string>> {
  const response = await fetch(SERVICE_URL + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${KEY}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, string>;
}

/** One card, stored, under its three addresses. */
async function makeTargets(
  name: string,
  folder: string,
  service: ChildProcess,
  bare: ChildProcess,
) {
  const request = PICTURES[name];
  if (!request)
    throw new Error(`no picture "${name}"; there are: ${Object.keys(PICTURES).join(', ')}`);
  const image = await ask('/v1/images', { ...request, wait: 30 });
  if (image.status !== 'completed') throw new Error(`the picture is ${image.status}`);
  const dynamic = await ask('/v1/urls', request);
  const body = Buffer.from(await (await fetch(image.url ?? '')).arrayBuffer());
  const file = `${name}.${image.format}`;
  await writeFile(join(folder, file), body);
  const targets: Target[] = [
    { name: 'static', url: `${STATIC_URL}/${file}`, server: bare },
    { name: '/images', url: image.url ?? '', server: service },
    { name: '/i', url: dynamic.url ?? '', server: service },
  ];
  for (const { url } of targets) {
    const answer = Buffer.from(await (await fetch(url)).arrayBuffer());
    if (!answer.equals(body)) throw new Error(`${url} does not serve the same bytes`);
  }
  return { targets, bytes: body.length };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
}

const folder = await mkdtemp(join(tmpdir(), 'cp-delivery-'));
const publicFolder = join(folder, 'public');
await mkdir(publicFolder);
await writeFile(join(publicFolder, 'ready.txt'), 'ready');
try {
  const service = await startService(folder);
  const bare = await startStatic(publicFolder);
  const results: object[] = [];
  for (const name of values.pictures.split(',')) {
    const { targets, bytes } = await makeTargets(name, publicFolder, service, bare);
    for (const connections of CONNECTIONS) {
      const rows = await compare(targets, connections);
      console.log(`\n${name}, ${Math.round(bytes / 1024)} KB, ${connections} connections`);
      console.table(rows);
      results.push({ picture: name, bytes, connections, rows });
    }
  }
  console.log(JSON.stringify({ seconds: SECONDS, rounds: ROUNDS, node: process.version, results }));
} finally {
  await Promise.all(started.map(stop));
  await rm(folder, { recursive: true, force: true });
}
