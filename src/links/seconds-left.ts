/** Whole seconds until `end`, 0 once it has passed, undefined if there is no end. */
export function secondsLeft(end: Date | undefined, now: Date): number | undefined {
  if (!end) return undefined;
  return Math.max(0, Math.floor((end.getTime() - now.getTime()) / 1_000));
}
