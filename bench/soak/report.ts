import { median, robustSlope } from './robust-slope.js';
import type { Sample, SoakRun } from './sample.js';
import { calmChromium, growth, growthInOneLife, judge, latencyByQuarter } from './verdict.js';

const MEGABYTE = 1024 * 1024;
const shown = (value: number | undefined, digits = 1) =>
  value === undefined || Number.isNaN(value) ? '-' : Number(value.toFixed(digits));

/** Medians of each quarter of the run, by what is read. */
function quarters(samples: Sample[]) {
  const end = samples.at(-1)?.seconds ?? 0;
  return [0, 1, 2, 3].map((quarter) => {
    const own = samples.filter(
      ({ seconds }) => Math.min(3, Math.floor((seconds / end) * 4)) === quarter,
    );
    const of = (read: (one: Sample) => number | undefined) =>
      median(own.flatMap((one) => read(one) ?? []));
    return {
      quarter: quarter + 1,
      renders: (own.at(-1)?.renders ?? 0) - (own[0]?.renders ?? 0),
      'node MB': shown(of((one) => one.nodeBytes) / MEGABYTE, 0),
      'heap MB': shown(of((one) => one.heapBytes) / MEGABYTE, 0),
      'buffers MB': shown(of((one) => one.bufferBytes) / MEGABYTE, 0),
      'chromium MB, calm': shown(of(calmChromium) / MEGABYTE, 0),
      'chromium max': shown(Math.max(...own.map((one) => one.chromiumBytes)) / MEGABYTE, 0),
      'redis MB': shown(of((one) => one.redisBytes) / MEGABYTE, 1),
      fds: of((one) => one.fileDescriptors),
      processes: of((one) => one.chromiumProcesses),
      'tmp entries': of((one) => one.temporaryFiles.length),
    };
  });
}

/** Writes the whole of a run to the terminal; `resources` is what kept the service busy at its end. */
export function report(run: SoakRun, resources: Record<string, number>): void {
  const { samples, tally, aftermath } = run;
  const end = samples.at(-1);
  const restarts = new Set(samples.flatMap(({ browsers }) => browsers)).size;
  console.log(`\n${end?.renders} renders in ${((end?.seconds ?? 0) / 60).toFixed(1)} minutes`);
  console.table(quarters(samples));
  console.log('single good pictures, milliseconds');
  console.table(
    latencyByQuarter(run).map((one) => ({
      ...one,
      p50: shown(one.p50, 0),
      p95: shown(one.p95, 0),
    })),
  );
  console.log('good requests');
  console.table(tally.good);
  console.log('hostile requests');
  console.table(
    Object.fromEntries(
      Object.entries(tally.hostile).map(([name, { asked, right, outcomes }]) => [
        name,
        {
          asked,
          right,
          outcomes: Object.entries(outcomes)
            .map(([outcome, count]) => `${outcome}: ${count}`)
            .join('; '),
        },
      ]),
    ),
  );
  console.log('megabytes per 1,000 renders, after warm-up');
  console.table({
    'node (PSS)': shown(growth(samples, (one) => one.nodeBytes)),
    'node, heap after collection': shown(growth(samples, (one) => one.heapBytes)),
    'node, buffers after collection': shown(growth(samples, (one) => one.bufferBytes)),
    'chromium, calm': shown(growth(samples, calmChromium)),
    'chromium, calm, within one life': shown(growthInOneLife(samples)),
  });
  const redis = robustSlope(samples.map((one) => ({ x: one.renders, y: one.redisBytes })));
  console.log(
    `Redis keeps ${shown(redis, 0)} bytes for each render (records: growth that is meant); ${restarts} browsers were seen`,
  );
  console.log('event-loop delay, milliseconds (own: without waiting for a processor)');
  console.table(run.loopDelayMs);
  console.log('what kept the service busy at the end', JSON.stringify(resources));
  if (aftermath.leftoverFiles.length > 0) console.log('left behind', aftermath.leftoverFiles);
  for (const wrong of tally.wrong) console.log(`wrong: ${wrong}`);
  console.table(Object.fromEntries(judge(run).map(({ name, ...rest }) => [name, rest])));
}
