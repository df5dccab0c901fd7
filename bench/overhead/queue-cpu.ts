import { entriesOf } from '../contenders/entries.js';
import { startContender } from '../contenders/start-contender.js';
import { nodeAndRedisSeconds } from '../measure/node-and-redis.js';
import { median, rounded } from '../measure/statistics.js';

interface QueueCpu {
  /** Of the Node process of the bare engine, for one picture. */
  engineNodeMs: number;
  /** Of the service's Node process: queue, storage and record besides. */
  serviceNodeMs: number;
  redisMs: number;
  /** What all of the service but the engine costs. The queue is a part of it. */
  overheadMs: number;
}

const FIRST = 5_000_000;
const STEP = 100_000;

/**
 * The tiny card is drawn by the bare engine and as a batch of the service, in turns; what the latter
 * takes more, without the browsers, is the way around the engine. A batch has no request for each
 * picture, so that the jobs are what is left.
 */
export async function measureQueueCpu(plan: { rounds: number; seconds: number }) {
  const entries = entriesOf(['engine', 'batch']);
  const contenders = await Promise.all(
    entries.map(({ program, lanes }) => startContender(program, { card: 'tiny', lanes })),
  );
  const taken = entries.map(() => ({ node: [] as number[], redis: [] as number[] }));
  const rates = entries.map(() => 0);
  try {
    for (let round = 0; round <= plan.rounds; round += 1) {
      for (const [i, contender] of contenders.entries()) {
        const inFlight = entries[i]?.inFlight;
        const before = nodeAndRedisSeconds(contender.pids);
        const { count, perSecond } = await contender.round({
          first: FIRST + (round * contenders.length + i) * STEP,
          seconds: plan.seconds,
          format: 'jpeg',
          expectedPerSecond: rates[i] ?? 0,
          ...(inFlight === undefined ? {} : { inFlight }),
        });
        const after = nodeAndRedisSeconds(contender.pids);
        rates[i] = perSecond;
        // The first round warms up.
        if (round === 0) continue;
        taken[i]?.node.push(((after.node - before.node) / count) * 1000);
        taken[i]?.redis.push(((after.redis - before.redis) / count) * 1000);
      }
    }
  } finally {
    await Promise.all(contenders.map((contender) => contender.close()));
  }
  const [engine, batch] = taken;
  const engineNodeMs = rounded(median(engine?.node ?? []), 2);
  const serviceNodeMs = rounded(median(batch?.node ?? []), 2);
  const redisMs = rounded(median(batch?.redis ?? []), 2);
  const overheadMs = rounded(serviceNodeMs + redisMs - engineNodeMs, 2);
  return { engineNodeMs, serviceNodeMs, redisMs, overheadMs } satisfies QueueCpu;
}
