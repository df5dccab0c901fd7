import { LRUCache } from 'lru-cache';
import { type Batch, isOver } from './batch.js';
import { createCauseTally, type FailureCause } from './failure-causes.js';
import type { BatchRecords } from './ports.js';

/** While a batch runs it is looked at often: more are summarised when it is over. */
const MAX_WHILE_RUNNING = 1_000;
const ROWS_AT_ONCE = 500;
const MAX_REMEMBERED = 200;

/** Summarises why rows of a batch failed. Reads the failed rows alone, and each batch once. */
export function createReadFailures(records: Pick<BatchRecords, 'failedRows' | 'results'>) {
  const known = new LRUCache<string, FailureCause[]>({ max: MAX_REMEMBERED });

  return async function readFailures(batch: Batch): Promise<FailureCause[]> {
    const { failed } = batch.ended;
    if (failed === 0 || (failed > MAX_WHILE_RUNNING && !isOver(batch))) return [];
    const key = `${batch.id} ${batch.run} ${failed}`;
    const found = known.get(key);
    if (found) return found;
    const tally = createCauseTally();
    const rows = await records.failedRows(batch.id);
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      const some = rows.slice(from, from + ROWS_AT_ONCE);
      const results = await records.results(batch.id, some);
      for (const [i, row] of some.entries()) {
        const error = results[i]?.error;
        if (error) tally.add(row + 1, error);
      }
    }
    const report = tally.report();
    known.set(key, report);
    return report;
  };
}
