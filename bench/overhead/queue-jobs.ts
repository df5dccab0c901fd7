import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../src/config/settings.js';
import { createRenderQueue } from '../../src/queue/render-queue.js';
import { createRenderWorker } from '../../src/queue/render-worker.js';
import { startEmbeddedRedis } from '../../src/records/embedded-redis.js';
import {
  connectForRequests,
  connectForWork,
  untilReady,
} from '../../src/records/redis-connections.js';
import { nodeAndRedisSeconds } from '../measure/node-and-redis.js';
import { median, rounded } from '../measure/statistics.js';

export interface QueueJobs {
  /** Processor time for one job, from adding it to its end: of Node, and of Redis. */
  nodeMs: number;
  redisMs: number;
  jobsPerSecond: number;
}

const JOBS = 3_000;
const IN_FLIGHT = 16;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * The queue alone: jobs that do nothing go through it, each added by one side and taken, and its end
 * told, by the other. The Redis writes to the disk as that of the service does.
 */
export async function measureQueueJobs(plan: { rounds: number }): Promise<QueueJobs> {
  const folder = await mkdtemp(join(tmpdir(), 'cp-queue-'));
  const { redisServerPath } = loadSettings(process.env);
  const server = await startEmbeddedRedis({ binary: redisServerPath, directory: folder });
  const [forRequests, forWork] = [connectForRequests(server.url), connectForWork(server.url)];
  await Promise.all([forRequests, forWork].map((redis) => untilReady(redis, CONNECT_TIMEOUT_MS)));
  const queue = createRenderQueue(forRequests);
  const ends = new Map<string, () => void>();
  const nothing = async () => {
    throw new Error('no such job is added');
  };
  const worker = createRenderWorker({
    redis: forWork,
    concurrency: IN_FLIGHT,
    bulkConcurrency: 1,
    produce: async ({ imageId }) => ends.get(imageId)?.(),
    giveUp: nothing,
    preview: nothing,
    measure: nothing,
    probe: nothing,
  });

  async function round(number: number): Promise<QueueJobs> {
    let left = JOBS;
    const lane = async () => {
      while (left > 0) {
        left -= 1;
        const imageId = `job${number}x${left}`;
        const ended = new Promise<void>((resolve) => ends.set(imageId, resolve));
        await queue.add({ imageId, generation: 1, priority: 'waiting', joined: false });
        await ended;
        ends.delete(imageId);
      }
    };
    const [before, startedAt] = [nodeAndRedisSeconds([process.pid]), performance.now()];
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
    const [after, seconds] = [
      nodeAndRedisSeconds([process.pid]),
      (performance.now() - startedAt) / 1000,
    ];
    return {
      nodeMs: ((after.node - before.node) / JOBS) * 1000,
      redisMs: ((after.redis - before.redis) / JOBS) * 1000,
      jobsPerSecond: JOBS / seconds,
    };
  }
  try {
    await round(0);
    const rounds: QueueJobs[] = [];
    for (let i = 1; i <= plan.rounds; i += 1) rounds.push(await round(i));
    const of = (what: keyof QueueJobs) => rounded(median(rounds.map((one) => one[what])), 2);
    return { nodeMs: of('nodeMs'), redisMs: of('redisMs'), jobsPerSecond: of('jobsPerSecond') };
  } finally {
    await worker.close(1_000, async () => undefined);
    await queue.close();
    forRequests.disconnect();
    forWork.disconnect();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
