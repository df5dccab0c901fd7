import type { BatchBody } from './batch-client.js';

const count = (n: number) => n.toLocaleString('en');
const MAX_MESSAGE = 200;

function rowsShown({ rows, count: all }: { rows: number[]; count: number }): string {
  const more = all > rows.length ? ', …' : '';
  return `${all === 1 ? 'row' : 'rows'} ${rows.join(', ')}${more}`;
}

/** How a batch ended: counts by status, and why rows failed, by cause. */
export function batchSummary({ status, total, counts, failures = [] }: BatchBody): string {
  const parts = Object.entries(counts)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => `${n} ${name}`);
  const width = Math.max(...failures.map((cause) => count(cause.count).length), 0);
  const causes = failures.map((cause) => {
    const what = cause.field === undefined ? cause.code : `${cause.code} (${cause.field})`;
    const message = cause.message.slice(0, MAX_MESSAGE);
    return `  ${count(cause.count).padStart(width)} × ${what}: ${message} [${rowsShown(cause)}]\n`;
  });
  const why = causes.length > 0 ? `Why rows failed:\n${causes.join('')}` : '';
  return `${status}: ${total} rows: ${parts.join(', ')}\n${why}`;
}
