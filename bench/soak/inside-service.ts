import { readFileSync } from 'node:fs';
import { createHistogram } from 'node:perf_hooks';
import type { LoopDelay } from './sample.js';

/*
 * Loaded into the service before its own program (node --expose-gc --import), to tell what only the
 * process itself knows: what lives in its heap after a collection, and how late its event loop was.
 * Every message is answered with a `Reading`.
 */

export interface Reading {
  /** After a collection. */
  heapBytes: number;
  /** Outside the heap: pictures, above all. */
  bufferBytes: number;
  /** Since the last message `from-here`. */
  loopDelayMs: LoopDelay;
  /** What keeps the process busy, by kind: timers, sockets, processes. */
  resources: Record<string, number>;
}

/** Milliseconds between two looks at the clock; also what no delay can be below. */
const RESOLUTION_MS = 10;

const inMs = (nanoseconds: number) => nanoseconds / 1e6;
const delays = createHistogram();
const ownDelays = createHistogram();
let lookedAt = process.hrtime.bigint();
let waited = waitedForProcessor();

/**
 * Nanoseconds in which the main thread was ready to run and others ran in its place: the second
 * figure of schedstat (https://docs.kernel.org/scheduler/sched-stats.html).
 */
function waitedForProcessor(): bigint {
  const path = `/proc/self/task/${process.pid}/schedstat`;
  return BigInt(readFileSync(path, 'utf8').split(' ')[1] ?? 0);
}

setInterval(() => {
  const now = process.hrtime.bigint();
  const waitedNow = waitedForProcessor();
  const delay = now - lookedAt;
  const own = delay - (waitedNow - waited);
  delays.record(delay);
  ownDelays.record(own > 0n ? own : 1n);
  lookedAt = now;
  waited = waitedNow;
}, RESOLUTION_MS).unref();

process.on('message', (message) => {
  if (message === 'from-here') {
    delays.reset();
    ownDelays.reset();
  }
  // The collection that is asked for here is no delay of the service's own.
  globalThis.gc?.();
  lookedAt = process.hrtime.bigint();
  waited = waitedForProcessor();
  const { heapUsed, external } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const reading: Reading = {
    heapBytes: heapUsed,
    bufferBytes: external,
    loopDelayMs: {
      p50: inMs(delays.percentile(50)),
      p99: inMs(delays.percentile(99)),
      max: inMs(delays.max),
      ownP99: inMs(ownDelays.percentile(99)),
      ownMax: inMs(ownDelays.max),
    },
    resources,
  };
  process.send?.(reading);
});
// It listens, and yet must not keep the service from ending.
process.channel?.unref();
