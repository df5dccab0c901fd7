import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import { fillMemories } from './soak/fill-memories.js';
import { prepareGood } from './soak/good-requests.js';
import { pause } from './soak/http-client.js';
import { startLoad } from './soak/load.js';
import { createPhases } from './soak/phases.js';
import { descendantsOf, processesWithTemporaryFolder } from './soak/process-facts.js';
import { report } from './soak/report.js';
import type { Aftermath, Sample, Tally } from './soak/sample.js';
import { seededRandom } from './soak/seeded-random.js';
import {
  BUNDLED_TEMPLATES,
  type SoakedService,
  startSoakedService,
} from './soak/soaked-service.js';
import { startStrangeServer, startTrap } from './soak/strange-server.js';
import { metricIn, takeSample } from './soak/take-sample.js';
import { judge, MIN_RENDERS_FOR_SLOPE } from './soak/verdict.js';

/**
 * Long use: a service of its own under a mix of good and hostile requests, until both so many
 * pictures are drawn and so many minutes have passed. Every good picture is looked at; memory, open
 * files, processes and temporary files are read meanwhile, and judged at the end (exit code 1 where
 * something fails). Runs on Linux: it reads /proc.
 *
 *   npm run bench -- soak                                  # 5,000 renders and 30 minutes
 *   npm run bench -- soak --renders 300 --minutes 1     # short: too few renders to judge memory
 */
const { values } = parseArgs({
  options: {
    renders: { type: 'string', default: '5000' },
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: '20261121' },
    'good-in-hand': { type: 'string', default: '8' },
    'hostile-in-hand': { type: 'string', default: '2' },
    json: { type: 'string' },
  },
});
const MIN_RENDERS = Number(values.renders);
const MIN_SECONDS = Number(values.minutes) * 60;
/** Some 60 to 400 readings a run. */
const SAMPLE_MS = Math.max(1_000, Math.min(5_000, (MIN_SECONDS * 1_000) / 60));
/** Of a whole run, for what is done at times that are told in its terms. */
const SCALE = Math.min(1, Number(values.minutes) / 5);
/** A collection stops the service for some 50 ms. */
const COLLECT_MS = 15_000 * SCALE;
const SAMPLES_BETWEEN_NEWS = 12;
/** A bomb is drawn five times, each with its time limit; what it left is taken up again after 15 s. */
const CALM_TIMEOUT_MS = 180_000;

const megabytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;

function tellNews(one: Sample, tally: Tally): void {
  const counts = (kinds: Record<string, { asked: number; right: number }>) =>
    Object.values(kinds).reduce((sum, kind) => sum + kind.asked, 0);
  console.log(
    [
      `${one.seconds.toFixed(0)} s`,
      `${one.renders} renders`,
      `${counts(tally.good)} good`,
      `${counts(tally.hostile)} hostile`,
      `node ${megabytes(one.nodeBytes)}`,
      `chromium ${megabytes(one.chromiumBytes)} in ${one.chromiumProcesses}`,
      `redis ${megabytes(one.redisBytes)}`,
      `${one.fileDescriptors} fds`,
      `${tally.wrong.length} wrong`,
    ].join(', '),
  );
}

async function sampleUntilEnough(
  service: SoakedService,
  phases: ReturnType<typeof createPhases>,
  tally: Tally,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  let collectedAt = 0;
  const startedAt = performance.now();
  for (;;) {
    const collect = performance.now() - collectedAt > COLLECT_MS;
    if (collect) collectedAt = performance.now();
    const isCalm = phases.isCalmNow();
    const one = await takeSample(service, startedAt, { collect, isCalm });
    samples.push(one);
    if (samples.length % SAMPLES_BETWEEN_NEWS === 1) tellNews(one, tally);
    if (one.seconds >= MIN_SECONDS && one.renders >= MIN_RENDERS) return samples;
    await pause(SAMPLE_MS);
  }
}

/** Until nothing is asked of the queues any more; how many jobs are left when patience is over. */
async function unfinishedJobs({ ask }: SoakedService): Promise<number> {
  const deadline = Date.now() + CALM_TIMEOUT_MS;
  for (;;) {
    const text = (await ask('/metrics')).bytes.toString();
    const left = ['waiting', 'prioritized', 'delayed', 'active'].reduce(
      (sum, state) => sum + metricIn(text, 'cardpress_queue_jobs', `state="${state}"`),
      0,
    );
    if (left === 0 || Date.now() > deadline) return left;
    await pause(1_000);
  }
}

/** Waits until nothing is left to be done, ends the service, and looks at what is left. */
async function aftermathOf(service: SoakedService): Promise<Aftermath> {
  const unfinished = await unfinishedJobs(service);
  const zombies = (await descendantsOf(service.pid)).filter(({ state }) => state === 'Z');
  const exitCode = await service.stop();
  const outliving = await processesWithTemporaryFolder(service.temporaryDir);
  return {
    unfinishedJobs: unfinished,
    zombies: zombies.map(({ pid }) => pid),
    leftoverFiles: await service.listTemporary(),
    leftoverProcesses: outliving.length,
    exitCode,
  };
}

async function main(): Promise<void> {
  const strange = await startStrangeServer();
  const trap = await startTrap();
  const service = await startSoakedService(strange.host);
  const breakOff = () => void cleanUp().finally(() => process.exit(130));
  process.once('SIGINT', breakOff).once('SIGTERM', breakOff);

  async function cleanUp(): Promise<void> {
    await service.stop();
    await service.remove();
    strange.close();
    trap.close();
  }
  try {
    const random = seededRandom(Number(values.seed));
    const tally: Tally = { good: {}, hostile: {}, wrong: [], latencies: [], trapConnections: 0 };
    let startedAt = performance.now();
    const took = (ms: number) =>
      void tally.latencies.push({ seconds: (performance.now() - startedAt - ms) / 1000, ms });
    const good = await prepareGood(
      service.ask,
      { strange, random, took },
      readdirSync(BUNDLED_TEMPLATES),
    );
    const hostile = {
      ask: service.ask,
      base: service.url,
      key: service.key,
      strange,
      trap,
      random,
    };
    if (MIN_RENDERS >= MIN_RENDERS_FOR_SLOPE) {
      console.log(`${await fillMemories(good)} large pictures fill the memories of the service`);
    }
    // Callers are on other machines: they must not take the processor from what is measured.
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
    await service.readInside('from-here');
    startedAt = performance.now();
    const load = startLoad({
      ...{ good, hostile, tally, random },
      goodInFlight: Number(values['good-in-hand']),
      hostileInFlight: Number(values['hostile-in-hand']),
    });
    const samples = await sampleUntilEnough(service, createPhases(load, SCALE), tally);
    await load.stop();
    const { loopDelayMs, resources } = await service.readInside();
    const aftermath = await aftermathOf(service);
    tally.trapConnections = trap.connections();
    const run = { samples, tally, loopDelayMs, aftermath };
    report(run, resources);
    if (values.json) await writeFile(values.json, JSON.stringify({ ...run, checks: judge(run) }));
    if (judge(run).some(({ verdict }) => verdict === 'fails')) process.exitCode = 1;
  } finally {
    await cleanUp();
  }
}

await main();
