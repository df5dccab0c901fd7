import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import { CARDS_FOLDER, cardData, loadCard } from '../cards/card.js';
import { peerFile } from '../contenders/load-peer.js';
import { nodeAndRedisSeconds } from '../measure/node-and-redis.js';
import { median, rounded } from '../measure/statistics.js';
import { askImage } from '../service/ask-images.js';
import { startProgram } from '../service/start-program.js';

/** What is read of autocannon's report: https://github.com/mcollina/autocannon#api */
interface Report {
  requests: { average: number; total: number };
  latency: { p50: number; p99: number; max: number };
  non2xx: number;
  errors: number;
}

export interface ReuseRound {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Processor time of the API, and of Redis, for one request. */
  apiCpuUs: number;
  redisCpuUs: number;
}

export interface ReusePlan {
  rounds: number;
  seconds: number;
  connections: number;
}

const run = promisify(execFile);
const WARM_SECONDS = 2;

/**
 * A picture that is stored is asked for again and again: POST /v1/images, connections kept. The
 * service with its Redis and browser has one processor, the load generator another.
 */
export async function measureReuse(plan: ReusePlan): Promise<ReuseRound[]> {
  if (cpus().length < 2) throw new Error('this needs a processor for the load generator');
  const card = await loadCard('plain');
  const service = await startProgram({ env: { TEMPLATES_DIR: CARDS_FOLDER }, processors: '0' });
  const request = { template: card.id, data: cardData(card, 0), output: { format: 'jpeg' } };
  const headers = Object.entries(service.headers).flatMap(([name, v]) => ['-H', `${name}=${v}`]);
  const flags = ['--json', '-m', 'POST', ...headers, '-b', JSON.stringify(request)];
  const target = `${service.url}/v1/images`;

  async function fire(seconds: number): Promise<ReuseRound> {
    const load = ['-c', String(plan.connections), '-d', String(seconds)];
    const command = ['-c', '1', process.execPath, peerFile('autocannon/autocannon.js')];
    const before = nodeAndRedisSeconds([service.pid]);
    const { stdout } = await run('taskset', [...command, ...flags, ...load, target]);
    const after = nodeAndRedisSeconds([service.pid]);
    const { requests, latency, non2xx, errors } = JSON.parse(stdout) as Report;
    if (non2xx + errors > 0) throw new Error(`${non2xx} bad answers, ${errors} errors`);
    const microseconds = (used: number) => Math.round((used / requests.total) * 1_000_000);
    return {
      perSecond: Math.round(requests.average),
      p50Ms: latency.p50,
      p99Ms: latency.p99,
      maxMs: rounded(latency.max, 1),
      apiCpuUs: microseconds(after.node - before.node),
      redisCpuUs: microseconds(after.redis - before.redis),
    };
  }
  try {
    await askImage(service, request);
    await fire(WARM_SECONDS);
    const rounds: ReuseRound[] = [];
    for (let i = 0; i < plan.rounds; i += 1) rounds.push(await fire(plan.seconds));
    return rounds;
  } finally {
    await service.stop();
  }
}

export function medianRound(rounds: readonly ReuseRound[]): ReuseRound {
  const of = (what: keyof ReuseRound) => median(rounds.map((round) => round[what]));
  return {
    perSecond: of('perSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    maxMs: of('maxMs'),
    apiCpuUs: of('apiCpuUs'),
    redisCpuUs: of('redisCpuUs'),
  };
}
