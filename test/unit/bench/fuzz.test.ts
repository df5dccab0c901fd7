import { describe, expect, it } from '@jest/globals';
import { isAllowed } from '../../../bench/fuzz/ask-fuzzed.js';
import { BOUNDS } from '../../../bench/fuzz/bounds.js';
import type { FuzzRun, ProcessReading } from '../../../bench/fuzz/fuzz-run.js';
import { judge } from '../../../bench/fuzz/judge.js';

describe('the verdict', () => {
  const processes = (own: Partial<Record<ProcessReading['role'], number>> = {}): ProcessReading[] =>
    (['service', 'redis', 'decoder', 'chromium'] as const).map((role, i) => ({
      pid: i + 1,
      role,
      residentBytes: 1,
      peakBytes: own[role] ?? 1,
      ownBytes: own[role] ?? 1,
    }));
  const good: FuzzRun = {
    endings: [{ place: 0, kind: 'png', outcome: 'completed picture_failed', ms: 9 }],
    idleProbes: [{ seconds: 0, ms: 5, fault: '' }],
    probes: [{ seconds: 1, ms: 7, fault: '' }],
    readings: [{ seconds: 1, ended: 1, processes: processes() }],
    suspects: [],
    brokenOff: '',
    browserRestarts: { crashed: 0, hung: 0, memory: 1, quota: 1 },
  };
  const failed = (changed: Partial<FuzzRun>) =>
    judge({ ...good, ...changed })
      .filter(({ verdict }) => verdict === 'fails')
      .map(({ name }) => name);
  const growing = (bytesEach: number): Partial<FuzzRun> => ({
    endings: Array.from({ length: 5_000 }, (_, place) => ({
      place,
      kind: 'png',
      outcome: 'completed',
      ms: 1,
    })),
    readings: Array.from({ length: 100 }, (_, i) => ({
      seconds: i,
      ended: i * 50,
      processes: processes({ service: 1e8 + i * 50 * bytesEach }),
    })),
  });

  it('lets a good run pass', () => {
    expect(failed({})).toEqual([]);
    expect(failed(growing(1_000))).toEqual([]);
  });

  it.each<[string, Partial<FuzzRun>]>([
    ['ran to its end', { brokenOff: 'memory' }],
    ['inputs', { endings: [{ place: 0, kind: 'png', outcome: '500 internal', ms: 9 }] }],
    ['inputs', { endings: [] }],
    ['honest cards', { probes: [{ seconds: 1, ms: 7, fault: '504 timeout' }] }],
    ['honest cards', { probes: [] }],
    ['processes', { browserRestarts: { crashed: 1 } }],
    ['processes', { readings: [{ seconds: 1, ended: 1, processes: processes().slice(1) }] }],
    [
      'memory of decoder',
      {
        readings: [{ seconds: 1, ended: 1, processes: processes({ decoder: BOUNDS.decoder + 1 }) }],
      },
    ],
    [
      'memory of chromium',
      {
        readings: [
          { seconds: 1, ended: 1, processes: processes({ chromium: BOUNDS.chromium + 1 }) },
        ],
      },
    ],
    ['growth of service', growing(20_000)],
  ])('fails %s', (name, changed) => {
    expect(failed(changed)).toContain(name);
  });

  it.each([
    ['completed', true],
    ['completed picture_failed picture_too_small', true],
    ['422 invalid_data', true],
    ['failed asset_invalid', true],
    ['failed internal', false],
    ['failed render_timeout', false],
    ['503 unavailable', false],
    ['no answer: fetch failed', false],
  ])('takes the ending %s: %s', (outcome, allowed) => {
    expect(isAllowed(outcome)).toBe(allowed);
  });
});
