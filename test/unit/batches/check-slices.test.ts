import { describe, expect, it } from '@jest/globals';
import { createBatchCheck } from '../../../src/batches/check-rows.js';
import { AppError } from '../../../src/errors/app-error.js';
import { countTurns } from '../../support/turn-counter.js';

const ROWS = 5_000;

/** Rows that are refused: nobody is asked about them, so that nothing else ends a turn. */
async function* rows() {
  for (let row = 1; row <= ROWS; row += 1) yield { row, data: { title: row } };
}

const unasked = (): never => {
  throw new Error('nobody is asked about a refused row');
};

describe('a check of many rows', () => {
  it('lets others have their turn, also where every row is refused', async () => {
    const counter = countTurns();
    const seen: number[] = [];
    const check = createBatchCheck({
      registry: { get: unasked } as never,
      prepare: () => {
        seen.push(counter.turns());
        // As slow as a row is to check: all of them take 250 ms at least.
        for (const until = performance.now() + 0.05; performance.now() < until; );
        throw new AppError('invalid_data', {
          detail: 'The data is wrong.',
          errors: [{ path: 'data.title', message: 'is wrong' }],
        });
      },
      measure: async () => [],
      probe: async () => [],
      preview: unasked,
      thumbnail: unasked,
      chunkRows: 25,
      concurrency: 3,
    });
    const report = await check(rows(), {
      template: 'generic',
      signal: new AbortController().signal,
    });
    counter.stop();
    expect(report).toMatchObject({ total: ROWS, refused: ROWS });
    expect(report.problems).toHaveLength(ROWS);
    const runs = new Map<number, number>();
    for (const turn of seen) runs.set(turn, (runs.get(turn) ?? 0) + 1);
    // 10 ms are 200 rows at most.
    expect(Math.max(...runs.values())).toBeLessThan(400);
  });
});
