import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { openTable } from '../../../src/tables/open-table.js';
import { countTurns } from '../../support/turn-counter.js';
import { createTableFiles, type TableFiles } from '../../unit/tables/table-files.js';

let files: TableFiles;
beforeAll(async () => {
  files = await createTableFiles();
});
afterAll(() => files.remove());

/** The most rows that came without a turn of the event loop between them. */
async function longestRun(content: string): Promise<{ rows: number; longest: number }> {
  const table = await openTable(await files.write(content));
  const counter = countTurns();
  try {
    let [rows, run, longest, turn] = [0, 0, 0, counter.turns()];
    for await (const _ of table.rows()) {
      rows += 1;
      run = counter.turns() === turn ? run + 1 : 1;
      turn = counter.turns();
      longest = Math.max(longest, run);
      // As slow as a row is to check, so that slices of time are over after some hundred rows.
      for (const until = performance.now() + 0.02; performance.now() < until; );
    }
    return { rows, longest };
  } finally {
    counter.stop();
  }
}

describe('a long table', () => {
  it('lets others have their turn within 64 KB of short rows', async () => {
    const { rows, longest } = await longestRun(`a,b\n${'x,\n'.repeat(20_000)}`);
    expect(rows).toBe(20_000);
    // 4 KB are 1,365 rows; 64 KB, as they are read from the file, were 20,000.
    expect(longest).toBeLessThan(4_000);
  });

  it('makes no error for each row that has not as many cells as the first', async () => {
    const traces = jest.spyOn(Error, 'captureStackTrace');
    try {
      const { rows } = await files.read(`a,b\n${'x\nx,y,z\n'.repeat(1_000)}`);
      expect(rows).toHaveLength(2_000);
      const [short, long] = [0, 1].map((kind) => rows.filter((_, i) => i % 2 === kind));
      expect(short?.every(({ problem }) => problem === undefined)).toBe(true);
      expect(long?.every(({ problem }) => problem?.includes('but the header has 2'))).toBe(true);
      expect(traces.mock.calls.length).toBeLessThan(100);
    } finally {
      traces.mockRestore();
    }
  });

  it('is the same wherever a piece ends', async () => {
    const cell = (n: number) => `"ü${'é\r\n"",;'.repeat(n % 700)}"`;
    const lines = Array.from({ length: 60 }, (_, n) => `${n},${cell(n * 37)}`);
    const { rows } = await files.read(`n,text\r\n${lines.join('\r\n')}\r\n`);
    expect(rows.map(({ problem }) => problem)).toEqual(lines.map(() => undefined));
    expect(rows.map(({ cells }) => cells[0])).toEqual(lines.map((_, n) => String(n)));
    rows.forEach(({ cells }, n) => {
      expect(cells[1]).toBe(`ü${'é\r\n",;'.repeat((n * 37) % 700)}`);
    });
  });
});
