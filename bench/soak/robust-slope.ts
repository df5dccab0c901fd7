export interface Point {
  x: number;
  y: number;
}

/** The middle one; of an even number, the mean of the two in the middle. NaN of none. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/**
 * Theil-Sen: the median of the slopes between every two points. Up to 29% of them may be wrong by
 * any amount without moving it far (https://en.wikipedia.org/wiki/Theil%E2%80%93Sen_estimator), as
 * are readings while two browsers overlap. Undefined where no two points differ in `x`.
 */
export function robustSlope(points: Point[]): number | undefined {
  const slopes: number[] = [];
  for (const [i, a] of points.entries()) {
    for (const b of points.slice(i + 1)) {
      if (a.x !== b.x) slopes.push((b.y - a.y) / (b.x - a.x));
    }
  }
  return slopes.length > 0 ? median(slopes) : undefined;
}
