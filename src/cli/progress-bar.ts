const WIDTH = 28;

export interface Progress {
  done: number;
  total: number;
  /** Rows that need a look: failed ones and those in review. */
  bad: number;
  ratePerSecond: number | null;
  etaSeconds: number | null;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** One line: `[#####-----]  5,012 / 10,000   14.2/s   6 min left   3 failed`. */
export function progressLine({ done, total, bad, ratePerSecond, etaSeconds }: Progress): string {
  const filled = total === 0 ? WIDTH : Math.floor((done / total) * WIDTH);
  const number = (value: number) => value.toLocaleString('en');
  const parts = [
    `[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}]`,
    `${number(done)} / ${number(total)}`,
  ];
  if (ratePerSecond !== null) parts.push(`${ratePerSecond.toFixed(1)}/s`);
  if (etaSeconds !== null && done < total) parts.push(`${duration(etaSeconds)} left`);
  if (bad > 0) parts.push(`${number(bad)} failed`);
  return parts.join('   ');
}
