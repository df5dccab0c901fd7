import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { pssBytes, readTree } from './measure/process-table.js';
import { percentile } from './measure/statistics.js';
import { writeResult } from './measure/write-result.js';

/**
 * A batch of many rows through the HTTP API of a service of its own: article titles crossed with a
 * seeded list of first names and companies. Every picture that comes back is checked to be its own
 * row's, by a colour code drawn into it. Tells the rate, what Redis and the processes hold, and what
 * a single picture costs meanwhile.
 *
 *   npm run bench -- batch --rows 10000          # S3_* and STORAGE of the environment apply
 *   npm run bench -- batch --rows 1000 --json batch.json
 */
const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000' },
    port: { type: 'string', default: '3190' },
    probes: { type: 'string', default: '30' },
    check: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const ROWS = Number(values.rows);
const KEY = 'bench-key-0123456789';
const URL_OF = `http://127.0.0.1:${values.port}`;
const SQUARES = 8;
/** Compiled beside this file. */
const SERVICE = fileURLToPath(new URL('../src/main.js', import.meta.url));

const FIRST =
  'Ada,Grace,Edsger,Barbara,Alan,Radia,Tim,Anita,Ken,Frances,Linus,Hedy,Dennis,Karen'.split(',');
const COMPANIES = 'Northwind,Halfmoon,Kiln,Loggia,Fernway,Ember Grid,Meridian,Tidal Works'.split(
  ',',
);

/** Mulberry32: the same list in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function coloursOf(text: string): string[] {
  const digest = createHash('sha256').update(text).digest('hex');
  return Array.from({ length: SQUARES }, (_, i) => `#${digest.slice(i * 6, i * 6 + 6)}`);
}

function makeCsv(): string {
  const titles = readFileSync('examples/data/nodejs-blog.csv', 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.split(',')[1]?.replaceAll('"', '') ?? '')
    .filter(Boolean);
  const random = randomFrom(20261121);
  const pick = (list: string[]) => list[Math.floor(random() * list.length)] ?? '';
  const lines = Array.from({ length: ROWS }, (_, i) => {
    const note = `${titles[i % titles.length]} for ${pick(FIRST)}, ${pick(COMPANIES)}`.slice(
      0,
      100,
    );
    return [`row-${i}`, `"${note}"`, ...coloursOf(`row-${i}`)].join(',');
  });
  const columns = Array.from({ length: SQUARES }, (_, i) => `c${i + 1}`);
  return [['id', 'note', ...columns].join(','), ...lines].join('\n');
}

const headers = { Authorization: `Bearer ${KEY}` };
const get = async (path: string) => (await fetch(URL_OF + path, { headers })).json();
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function untilReady(service: ChildProcess): Promise<void> {
  for (;;) {
    if (service.exitCode !== null) throw new Error('the service ended');
    const ready = await fetch(`${URL_OF}/readyz`).then(
      (r) => r.ok,
      () => false,
    );
    if (ready) return;
    await pause(100);
  }
}

/** Milliseconds of one picture that nobody has asked for before. */
async function single(name: string): Promise<number> {
  const colours = Object.fromEntries(coloursOf(name).map((c, i) => [`c${i + 1}`, c]));
  const startedAt = performance.now();
  const response = await fetch(`${URL_OF}/v1/images`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify({ template: 'colour-code', data: { ...colours, note: name }, wait: 30 }),
  });
  const { status } = (await response.json()) as { status: string };
  if (status !== 'completed') throw new Error(`a single picture is ${status}`);
  return performance.now() - startedAt;
}

const shown = (values_: number[]) =>
  `p50 ${percentile(values_, 0.5).toFixed(0)} ms, p95 ${percentile(values_, 0.95).toFixed(0)} ms`;

/** Megabytes (PSS) of the service's process, of its Redis and of its browser. */
function weigh(pid: number, done: number) {
  const tree = readTree([pid]);
  const sum = (rows: typeof tree) =>
    Math.round(rows.reduce((total, row) => total + pssBytes(row.pid), 0) / 1024 ** 2);
  const own = tree.filter((row) => row.pid === pid);
  const redis = tree.filter((row) => row.name.startsWith('redis'));
  const browser = tree.filter((row) => !own.includes(row) && !redis.includes(row));
  return { done, nodeMb: sum(own), redisMb: sum(redis), browserMb: sum(browser) };
}

async function main(): Promise<void> {
  const dataDir = process.env.DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'cp-batch-')));
  const service = spawn(process.execPath, [SERVICE], {
    env: {
      ...process.env,
      PORT: values.port,
      API_KEY: KEY,
      DATA_DIR: dataDir,
      TEMPLATES_DIR: 'test/support/templates-e2e',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await untilReady(service);
    const pid = service.pid ?? 0;
    for (let i = 0; i < 5; i += 1) await single(`warm ${i}`);
    const idle: number[] = [];
    const probes = Number(values.probes);
    for (let i = 0; i < probes; i += 1) idle.push(await single(`idle ${Date.now()} ${i}`));
    console.log(`a single picture while idle: ${shown(idle)}`);

    const csv = makeCsv();
    const form = () => {
      const body = new FormData();
      body.set('template', 'colour-code');
      body.set('file', new Blob([csv]), 'rows.csv');
      return body;
    };
    if (values.check) {
      const startedAt = performance.now();
      const response = await fetch(`${URL_OF}/v1/batches/check`, {
        method: 'POST',
        headers,
        body: form(),
      });
      const report = (await response.json()) as { total: number; ok: number };
      console.log(
        `check: ${report.total} rows, ${report.ok} ok, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
      );
    }
    const startedAt = performance.now();
    const response = await fetch(`${URL_OF}/v1/batches`, { method: 'POST', headers, body: form() });
    let batch = (await response.json()) as {
      id: string;
      status: string;
      counts: Record<string, number>;
    };
    const takenSeconds = (performance.now() - startedAt) / 1000;
    console.log(`${ROWS} rows taken in ${takenSeconds.toFixed(2)} s`);

    const busy: number[] = [];
    const samples: ReturnType<typeof weigh>[] = [];
    const over = ['completed', 'partial', 'failed', 'cancelled'];
    let nextSample = 0;
    while (!over.includes(batch.status)) {
      batch = await get(`/v1/batches/${batch.id}`);
      const done = (batch.counts.completed ?? 0) + (batch.counts.reused ?? 0);
      if (done >= nextSample) {
        samples.push(weigh(pid, done));
        nextSample = done + ROWS / 10;
      }
      const isInTheMiddle = done > ROWS * 0.1 && done < ROWS * 0.9;
      if (isInTheMiddle && busy.length < probes) busy.push(await single(`busy ${busy.length}`));
      await pause(ROWS > 2_000 ? 1_000 : 100);
    }
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(`${batch.status}: ${JSON.stringify(batch.counts)}`);
    console.log(`${seconds.toFixed(1)} s, ${(ROWS / seconds).toFixed(1)} pictures a second`);
    console.table(samples);
    if (busy.length > 0) {
      const ratio = percentile(busy, 0.95) / percentile(idle, 0.95);
      console.log(`a single picture meanwhile: ${shown(busy)}; p95 ${ratio.toFixed(2)} times idle`);
    }
    await checkAssets(batch.id);
    const figures = { rows: ROWS, takenSeconds, seconds, perSecond: ROWS / seconds, samples };
    writeResult(values.json, 'batch', { ...figures, status: batch.status, idle, busy });
  } finally {
    service.kill('SIGTERM');
    await new Promise((resolve) => service.once('exit', resolve));
    if (!process.env.DATA_DIR) await rm(dataDir, { recursive: true, force: true });
  }
}

/** Every picture of the archive against the colours of its row. */
async function checkAssets(id: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cp-batch-zip-'));
  const archive = join(folder, 'pictures.zip');
  const startedAt = performance.now();
  const zip = await fetch(`${URL_OF}/v1/batches/${id}/results.zip?name=id`, { headers });
  await writeFile(archive, zip.body as unknown as AsyncIterable<Uint8Array>);
  console.log(`results.zip in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  execFileSync('python3', ['-m', 'zipfile', '-e', archive, folder]);
  let right = 0;
  const seen = new Set<string>();
  for (let i = 0; i < ROWS; i += 1) {
    const body = readFileSync(join(folder, `row-${i}.png`));
    seen.add(createHash('sha256').update(body).digest('hex'));
    const { data, info } = await sharp(body)
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (x: number) =>
      `#${data.toString('hex', (20 * info.width + x) * 3, (20 * info.width + x) * 3 + 3)}`;
    const found = Array.from({ length: SQUARES }, (_, square) => at(20 + square * 40));
    if (found.join() === coloursOf(`row-${i}`).join()) right += 1;
  }
  console.log(`${right} of ${ROWS} pictures are their own row's; ${seen.size} are distinct`);
  await rm(folder, { recursive: true, force: true });
  if (right !== ROWS) process.exitCode = 1;
}

await main();
