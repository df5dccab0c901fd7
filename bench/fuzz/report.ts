import { percentile } from '../measure/statistics.js';
import type { Ending, FuzzRun, Suspect } from './fuzz-run.js';
import { judge } from './judge.js';

/** Rows of texts, in columns as wide as they need. */
function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const isMutated = (kind: string) => !kind.startsWith('bomb');

function kinds(endings: Ending[]): string[][] {
  const names = [...new Set(endings.map(({ kind }) => kind))].sort(
    (a, b) => Number(isMutated(b)) - Number(isMutated(a)) || a.localeCompare(b),
  );
  return names.map((name) => {
    const own = endings.filter(({ kind }) => kind === name);
    const share = (test: (outcome: string) => boolean) =>
      String(own.filter(({ outcome }) => test(outcome)).length);
    const ms = own.map((one) => one.ms);
    return [
      name,
      String(own.length),
      share((outcome) => outcome.startsWith('completed') && !outcome.includes('picture_failed')),
      share((outcome) => outcome.includes('picture_failed')),
      share((outcome) => !outcome.startsWith('completed')),
      percentile(ms, 0.5).toFixed(0),
      Math.max(...ms).toFixed(0),
    ];
  });
}

const told = ({ place, why, input }: Suspect) =>
  `  --only=${place}: ${why} (${input.kind}; ${input.made}; ${input.bytes.length} bytes)`;

/** Prints what came of it. */
export function report(run: FuzzRun): void {
  const head = ['input', 'asked', 'shown', 'refused', 'no card', 'p50 ms', 'max ms'];
  console.log(`\n${table([head, ...kinds(run.endings)])}\n`);
  const checks = judge(run).map(({ name, verdict, found, limit }) => [verdict, name, found, limit]);
  console.log(table([['', 'check', 'found', 'limit'], ...checks]));
  if (run.suspects.length > 0) console.log(`\n${run.suspects.map(told).join('\n')}`);
}
