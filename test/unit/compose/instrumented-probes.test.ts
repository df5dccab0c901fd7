import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type InstrumentedProbes,
  instrumentProbes,
  LEAVE_MS,
} from '../../../src/compose/instrumented-probes.js';
import { createLogger } from '../../../src/observability/logger.js';
import { createReadiness } from '../../../src/observability/readiness.js';
import { CLOSE_TIMEOUT_MS, DRAIN_TIMEOUT_MS } from '../../../src/run-process.js';

/** So long that a test which waits for it fails by its own time limit. */
const NEVER_MS = 3_600_000;

let clockMs: number;
beforeEach(() => {
  clockMs = 1_000_000;
});

function watch(leaveMs: number): InstrumentedProbes {
  const readiness = createReadiness({ checks: {}, logger: createLogger('silent') });
  return instrumentProbes(readiness, { leaveMs, now: () => clockMs });
}

async function askAfter(probes: InstrumentedProbes, ms: number): Promise<boolean> {
  clockMs += ms;
  return (await probes.check()).ok;
}

describe('leaving', () => {
  it('waits for nobody where nobody asks', async () => {
    const probes = watch(NEVER_MS);
    await probes.leave();
    expect((await probes.check()).ok).toBe(false);
  });

  it('waits for nobody who asked once, when it started', async () => {
    const probes = watch(NEVER_MS);
    await askAfter(probes, 0);
    await probes.leave();
  });

  it('waits for nobody who stopped asking', async () => {
    const probes = watch(NEVER_MS);
    await askAfter(probes, 0);
    await askAfter(probes, 5_000);
    clockMs += 90_001;
    await probes.leave();
  });

  it('says at once that it is not ready, and goes on while somebody asks again and again', async () => {
    const probes = watch(50);
    expect(await askAfter(probes, 0)).toBe(true);
    expect(await askAfter(probes, 30_000)).toBe(true);
    let hasLeft = false;
    const leaving = probes.leave().then(() => {
      hasLeft = true;
    });
    expect(await probes.check()).toEqual({
      ok: false,
      checks: { process: { ok: false, detail: expect.stringContaining('ending') } },
    });
    expect(hasLeft).toBe(false);
    await leaving;
  });

  it('leaves time for answers and workers within that of a process', () => {
    expect(LEAVE_MS + CLOSE_TIMEOUT_MS).toBeLessThan(DRAIN_TIMEOUT_MS);
  });
});
