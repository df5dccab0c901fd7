/** So long pages that do harm are among what is asked. */
const HARM_MS = 60_000;
/** And so long all goes on without them. */
const CALM_MS = 30_000;
/** Until a browser that was harmed has given back what it took, or was replaced. */
const RECOVERY_MS = 10_000;

interface Bombs {
  bombsInFlight(): number;
  letBombs(allowed: boolean): void;
}

/**
 * Harm and calm by turns, so that what harm leaves behind can be read between two of its times.
 * `scale` shortens both for short runs.
 */
export function createPhases(
  { bombsInFlight, letBombs }: Bombs,
  scale: number,
  nowMs: () => number = () => performance.now(),
) {
  let isHarm = true;
  let since = nowMs();
  let lastBombAt = since;

  function turn(): void {
    isHarm = !isHarm;
    since = nowMs();
    letBombs(isHarm);
  }

  return {
    /** To be called with every reading: whether this one is calm. */
    isCalmNow(): boolean {
      const now = nowMs();
      if (bombsInFlight() > 0) lastBombAt = now;
      if (isHarm) {
        if (now - since > HARM_MS * scale) turn();
        return false;
      }
      const calmFor = now - Math.max(since, lastBombAt + RECOVERY_MS * scale);
      if (calmFor > CALM_MS * scale) turn();
      return calmFor > 0;
    },
  };
}
