import { mkdir, writeFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startAssetServer } from './fuzz/asset-server.js';
import type { FuzzRun, Reading } from './fuzz/fuzz-run.js';
import { judge } from './fuzz/judge.js';
import { placesOf } from './fuzz/make-input.js';
import { endTree } from './fuzz/memory-watch.js';
import { report } from './fuzz/report.js';
import { runFuzz } from './fuzz/run-fuzz.js';
import { startProgram } from './service/start-program.js';

/**
 * Pictures that were made to do harm, against a service of its own, beside an honest caller: files
 * of every kind changed at random, and bombs. The memory of every process is read meanwhile, and
 * all are ended if they take too much together. What ends as it must not is kept, and can be had
 * again by its place in the run (exit code 1 where something fails). Runs on Linux: it reads /proc.
 *
 *   npm run bench -- fuzz                               # an hour
 *   npm run bench -- fuzz --minutes 5 --seed 7
 *   npm run bench -- fuzz --seed 7 --only=-1,1234  # these inputs alone
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: '20261130' },
    only: { type: 'string' },
    'in-hand': { type: 'string', default: '4' },
    keep: { type: 'string', default: 'out/fuzz' },
    json: { type: 'string' },
  },
});
const NEWS_EVERY_S = 30;
const IDLE_PROBES = 20;
/** A thread within a decoder holds a process open. */
const STOP_TIMEOUT_MS = 60_000;
const TEMPLATES = 'test/support/templates-e2e';

function newsTeller() {
  let nextAt = 0;
  return ({ ended, reading }: { ended: number; reading: Reading }) => {
    if (reading.seconds < nextAt) return;
    nextAt = reading.seconds + NEWS_EVERY_S;
    const each = reading.processes.map(
      ({ role, residentBytes }) => `${role} ${Math.round(residentBytes / 1024 / 1024)}`,
    );
    console.log(`${reading.seconds.toFixed(0)} s, ${ended} inputs, MB: ${each.join(', ')}`);
  };
}

async function keepSuspects({ suspects }: FuzzRun, folder: string, seed: number): Promise<void> {
  if (suspects.length === 0) return;
  await mkdir(folder, { recursive: true });
  for (const { place, input } of suspects) {
    const name = `${seed}-${place}-${input.kind.replaceAll(/\W+/g, '-')}`;
    await writeFile(join(folder, name), input.bytes);
  }
  console.log(`\n${suspects.length} inputs are kept in ${folder}.`);
}

async function main(): Promise<void> {
  const seed = Number(values.seed);
  const pictures = await startAssetServer();
  const service = await startProgram({
    env: { EGRESS_ALLOW: pictures.host, TEMPLATES_DIR: TEMPLATES, LOG_LEVEL: 'error' },
  });
  // Where memory ends nevertheless, these are what the system is to end first.
  await writeFile(`/proc/${service.pid}/oom_score_adj`, '1000').catch(() => undefined);
  // Callers are on other machines: they must not take the processor from what is measured.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const breakOff = () => void service.stop().finally(() => process.exit(130));
  process.once('SIGINT', breakOff).once('SIGTERM', breakOff);
  try {
    const endsAt = performance.now() + Number(values.minutes) * 60_000;
    const run = await runFuzz({
      service: { ...service, key: service.headers.Authorization.replace('Bearer ', '') },
      pictures,
      seed,
      places: values.only ? values.only.split(',').map(Number) : placesOf(),
      isOver: () => performance.now() > endsAt,
      inFlight: Number(values['in-hand']),
      idleProbes: IDLE_PROBES,
      onNews: newsTeller(),
    });
    report(run);
    await keepSuspects(run, values.keep, seed);
    if (values.json) {
      const suspects = run.suspects.map(({ place, why, input }) => ({
        place,
        why,
        made: input.made,
      }));
      await writeFile(values.json, JSON.stringify({ ...run, seed, suspects, checks: judge(run) }));
    }
    if (judge(run).some(({ verdict }) => verdict === 'fails')) process.exitCode = 1;
  } finally {
    const tooLate = setTimeout(() => {
      console.log(`The service did not end within ${STOP_TIMEOUT_MS / 1_000} s, and was ended.`);
      process.exitCode = 1;
      void endTree(service.pid);
    }, STOP_TIMEOUT_MS);
    await service.stop();
    clearTimeout(tooLate);
    pictures.close();
  }
}

await main();
