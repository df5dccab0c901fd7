import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../src/config/settings.js';
import { startEmbeddedRedis } from '../../src/records/embedded-redis.js';
import { CARDS_FOLDER, cardData, loadCard } from '../cards/card.js';
import { treeBytes } from '../measure/process-table.js';
import { median, rounded } from '../measure/statistics.js';
import { askBatch } from '../service/ask-images.js';
import { type Program, startProgram } from '../service/start-program.js';

export interface WorkerRate {
  workers: number;
  /** To the first count. */
  ratio: number;
  perSecond: number;
  perSecondOfRounds: number[];
  /** Of one worker with its browser, right after a batch. */
  mbPerWorker: number;
}

export interface WorkerPlan {
  counts: readonly number[];
  rounds: number;
  rows: number;
  card: string;
}

const WARM_ROWS = 12;
const MEGABYTE = 1024 * 1024;

/**
 * Batches through an API and 1, 2, 3 … render workers, each a process with a browser of its own, all
 * over one Redis and one folder. The counts take turns; what a round needs is started for it.
 */
export async function measureWorkerRate(plan: WorkerPlan): Promise<WorkerRate[]> {
  const folder = await mkdtemp(join(tmpdir(), 'cp-workers-'));
  const { redisServerPath } = loadSettings(process.env);
  const redis = await startEmbeddedRedis({
    binary: redisServerPath,
    directory: join(folder, 'redis'),
  });
  const env = {
    TEMPLATES_DIR: CARDS_FOLDER,
    REDIS_URL: redis.url,
    DATA_DIR: folder,
    CARDPRESS_ROLE: 'api',
  };
  const card = await loadCard(plan.card);
  let next = 1_000_000;
  const draw = async (api: Program, rows: number) => {
    const items = Array.from({ length: rows }, () => {
      next += 1;
      return { data: cardData(card, next) };
    });
    return rows / (await askBatch(api, { template: plan.card, output: { format: 'jpeg' }, items }));
  };

  const rates = new Map<number, number[]>(plan.counts.map((count) => [count, []]));
  const megabytes = new Map<number, number>();
  const measure = async (api: Program, count: number) => {
    const start = () => startProgram({ program: 'worker', env });
    const workers = await Promise.all(Array.from({ length: count }, start));
    try {
      await draw(api, WARM_ROWS * count);
      rates.get(count)?.push(await draw(api, plan.rows));
      megabytes.set(count, treeBytes(workers.map(({ pid }) => pid)) / MEGABYTE / count);
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()));
    }
  };

  const api = await startProgram({ env }).catch(async (error: unknown) => {
    await redis.stop();
    throw error;
  });
  try {
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const count of plan.counts) await measure(api, count);
    }
  } finally {
    await api.stop();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  }
  const base = median(rates.get(plan.counts[0] ?? 1) ?? []);
  return plan.counts.map((workers) => {
    const ofRounds = rates.get(workers) ?? [];
    return {
      workers,
      ratio: rounded(median(ofRounds) / base, 2),
      perSecond: rounded(median(ofRounds), 2),
      perSecondOfRounds: ofRounds.map((rate) => rounded(rate, 2)),
      mbPerWorker: Math.round(megabytes.get(workers) ?? 0),
    };
  });
}
