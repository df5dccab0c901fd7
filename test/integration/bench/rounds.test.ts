import { describe, expect, it } from '@jest/globals';
import type { Contender } from '../../../bench/contenders/contender.js';
import { chosen, OptionError, seconds, wholeNumber } from '../../../bench/measure/read-option.js';
import { median, percentile, rounded } from '../../../bench/measure/statistics.js';
import { interleave } from '../../../bench/rounds/interleave.js';
import { runRound } from '../../../bench/rounds/round.js';
import { summarise } from '../../../bench/rounds/summarise.js';

/** Makes a picture of ten bytes in no time, and remembers what it was asked for. */
function contenderOf() {
  const asked: number[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  const contender: Contender = {
    pids: [process.pid],
    async render(index) {
      asked.push(index);
      inFlight += 1;
      mostInFlight = Math.max(mostInFlight, inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight -= 1;
      return 10;
    },
    async renderTogether(first, count) {
      for (let i = 0; i < count; i += 1) asked.push(first + i);
      return { bytes: count * 10, seconds: 2 };
    },
    picture: async () => Buffer.alloc(0),
    close: async () => undefined,
  };
  return { contender, asked, mostInFlight: () => mostInFlight };
}

describe('a round', () => {
  it('asks for so many pictures at once, each of them once, and times every one', async () => {
    const { contender, asked, mostInFlight } = contenderOf();
    const round = { first: 1_000, seconds: 0.05, inFlight: 3, format: 'jpeg' } as const;
    const pressed = await runRound(contender, round);
    expect(mostInFlight()).toBe(3);
    expect(asked).toEqual(asked.map((_, i) => 1_000 + i));
    expect(pressed).toMatchObject({ count: asked.length, bytesEach: 10 });
    expect(pressed.latenciesMs).toHaveLength(asked.length);
    // Counted up to the last picture of each lane, which ends after the time is over.
    expect(pressed.perSecond).toBeLessThanOrEqual(asked.length / 0.05);
    expect(pressed.perSecond).toBeGreaterThan(0);
  });

  it('in bulk has the size of what the last one made, and the rate of its own clock', async () => {
    const { contender, asked } = contenderOf();
    const bulk = { first: 5, seconds: 4, format: 'png' } as const;
    const first = await runRound(contender, bulk);
    expect(first).toMatchObject({ count: 8, perSecond: 4, bytesEach: 10, latenciesMs: [] });
    expect(await runRound(contender, { ...bulk, expectedPerSecond: 25 })).toMatchObject({
      count: 100,
      perSecond: 50,
    });
    expect(asked).toHaveLength(108);
    const { renderTogether: _, ...single } = contender;
    await expect(runRound(single, bulk)).rejects.toThrow(/no bulk mode/);
  });
});

describe('interleave', () => {
  it('gives all a round in turn, begins with another each time, and counts no warm-up', async () => {
    const order: string[] = [];
    const firsts: number[] = [];
    const runners = ['a', 'b', 'c'].map((id) => ({
      entry: { id, title: id, program: 'engine', lanes: 1, inFlight: 1 } as const,
      contender: {
        pids: [process.pid],
        async round(round: { first: number; seconds: number }) {
          order.push(`${id}${round.seconds}`);
          firsts.push(round.first);
          return { count: 1, perSecond: order.length, bytesEach: 1, latenciesMs: [1] };
        },
        picture: async () => Buffer.alloc(0),
        close: async () => undefined,
      },
    }));
    const plan = { format: 'png', rounds: 2, secondsPerRound: 3, warmUpSeconds: 1 } as const;
    const results = await interleave(runners, plan);
    expect(order.join(' ')).toBe('a1 b1 c1 b3 c3 a3 c3 a3 b3');
    expect(new Set(firsts).size).toBe(9);
    expect(results.get('a')?.map(({ perSecond }) => perSecond)).toEqual([6, 8]);
    expect(results.get('a')?.[0]?.peakBytes).toBeGreaterThan(0);
  });
});

describe('the summary', () => {
  const round = (perSecond: number, latenciesMs: number[]) => ({
    ...{ perSecond, latenciesMs, count: latenciesMs.length, bytesEach: 100 },
    cpuSecondsEach: perSecond / 1000,
    peakBytes: perSecond * 1024 ** 2,
  });

  it('has the medians of rounds, the quantiles of all pictures, and the ratio to another', () => {
    const rounds = [round(30, [1, 2]), round(10, [3]), round(20, [100])];
    expect(summarise(rounds, 5)).toEqual({
      ...{ ratio: 4, perSecond: 20, perSecondOfRounds: [30, 10, 20], pictures: 4 },
      ...{ p50Ms: 2, p95Ms: 100, p99Ms: 100, cpuSecondsEach: 0.02, peakMb: 30, bytesEach: 100 },
    });
  });

  it('has no latencies of what was made in bulk', () => {
    const figures = summarise([round(30, [])]);
    expect(figures).not.toHaveProperty('p50Ms');
    expect(figures).not.toHaveProperty('ratio');
  });
});

describe('statistics', () => {
  it('are those of the values, in whatever order, and leave these alone', () => {
    const values = [5, 1, 4, 2, 3];
    expect([median(values), median([1, 2]), median([])]).toEqual([3, 2, 0]);
    const shares = [0, 0.2, 0.21, 0.95, 1];
    expect(shares.map((share) => percentile(values, share))).toEqual([1, 1, 2, 5, 5]);
    expect([percentile([], 0.5), rounded(1.2345, 2)]).toEqual([0, 1.23]);
    expect(values).toEqual([5, 1, 4, 2, 3]);
  });
});

describe('options', () => {
  it('are read, or refused with what was expected', () => {
    expect(chosen('cards', undefined, ['a', 'b'])).toEqual(['a', 'b']);
    expect(chosen('cards', 'b, a', ['a', 'b', 'c'])).toEqual(['a', 'b']);
    expect([wholeNumber('rounds', '3'), seconds('seconds', '0.5')]).toEqual([3, 0.5]);
    expect(() => chosen('cards', 'x', ['a', 'b'])).toThrow('--cards: expected some of a, b');
    for (const bad of ['0', '1.5', 'x', '']) {
      expect(() => wholeNumber('rounds', bad)).toThrow(OptionError);
    }
    for (const bad of ['0', '-1', 'x']) expect(() => seconds('seconds', bad)).toThrow(OptionError);
  });
});
