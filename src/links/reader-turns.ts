import type { Reader } from './reader.js';

/** Share of time in which the event loop may be busy before readers are let in one by one. */
const BUSY_UTILIZATION = 0.5;
/** How often one is let in then: 50 a second. */
const INTERVAL_MS = 20;
/** How many at once, as long as some wait, when it is not busy any more. */
const CALM_PER_STEP = 4;
/** With more, a new one would not get its turn in time. */
const MAX_WAITING = 2_000;

interface Waiting {
  letIn(isTurn: boolean): void;
}

/**
 * Readers of one customer wait in one line, however many addresses it has. Each address of a network
 * that many share has a line of its own.
 */
function lineOf({ kind, network, wideNetwork }: Reader): string {
  if (kind === 'unknown') return kind;
  return kind === 'shared' ? network : wideNetwork;
}

/**
 * Turns of link readers at what costs this process most: looking for an image that may not exist.
 * Without delay as long as the process has time. When it is busy, one reader at a time, from one
 * network after the other: a network that floods waits for itself, and the others hardly wait.
 *
 * `utilization` is the share of time in which the event loop was busy lately, from 0 to 1.
 */
export function createReaderTurns({
  utilization,
  intervalMs = INTERVAL_MS,
}: {
  utilization(): number;
  intervalMs?: number;
}) {
  /** In the order in which they are served next. None is empty. */
  const lines = new Map<string, Set<Waiting>>();
  let waitingCount = 0;
  let timer: NodeJS.Timeout | undefined;

  const isBusy = () => utilization() > BUSY_UTILIZATION;

  function leave(name: string, waiting: Waiting): void {
    const line = lines.get(name);
    if (!line?.delete(waiting)) return;
    waitingCount -= 1;
    if (line.size === 0) lines.delete(name);
  }

  function letNextIn(): void {
    for (const [name, line] of lines) {
      for (const next of line) {
        leave(name, next);
        // Behind the others.
        if (lines.delete(name)) lines.set(name, line);
        next.letIn(true);
        return;
      }
    }
  }

  function step(): void {
    letNextIn();
    if (!isBusy()) for (let more = 1; more < CALM_PER_STEP; more += 1) letNextIn();
    if (waitingCount > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    /** Whether the reader has its turn: not if the time is over or the reader disconnects first. */
    async take(reader: Reader, timeoutMs: number): Promise<boolean> {
      if (reader.signal?.aborted) return false;
      if (waitingCount === 0 && !isBusy()) return true;
      if (waitingCount >= MAX_WAITING) return false;
      const name = lineOf(reader);
      const line = lines.get(name) ?? new Set<Waiting>();
      lines.set(name, line);
      timer ??= setInterval(step, intervalMs);
      return new Promise<boolean>((resolve) => {
        const letIn = (isTurn: boolean) => {
          clearTimeout(deadline);
          reader.signal?.removeEventListener('abort', giveUp);
          resolve(isTurn);
        };
        const waiting: Waiting = { letIn };
        const giveUp = () => {
          leave(name, waiting);
          letIn(false);
        };
        const deadline = setTimeout(giveUp, timeoutMs);
        reader.signal?.addEventListener('abort', giveUp, { once: true });
        line.add(waiting);
        waitingCount += 1;
      });
    },
    /** Whether others of the reader's network wait for their turn. */
    hasWaiters: (reader: Reader) => lines.has(lineOf(reader)),
  };
}

export type ReaderTurns = ReturnType<typeof createReaderTurns>;
