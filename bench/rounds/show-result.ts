import type { CardResult } from './compare-card.js';

/** On the terminal, the ratio first: the other figures say more of the machine. */
export function showResult({ card, format, lines }: CardResult): void {
  console.log(`\n${card} card, ${format}`);
  console.table(
    lines.map((line) => ({
      way: line.title,
      ratio: line.ratio ?? '',
      'pictures/s': line.perSecond,
      'pages/threads': line.lanes,
      'in flight': line.inFlight,
      'p50 ms': line.p50Ms ?? '',
      'p95 ms': line.p95Ms ?? '',
      'p99 ms': line.p99Ms ?? '',
      'CPU s each': line.cpuSecondsEach,
      'peak MB': line.peakMb,
      'KB each': Math.round(line.bytesEach / 1024),
      'max diff': line.pixels?.max ?? '',
    })),
  );
}
