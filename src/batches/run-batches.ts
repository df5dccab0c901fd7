import { randomUUID } from 'node:crypto';
import { type Batch, endedRows, holdOf, isOver, notDrawn } from './batch.js';
import type { EndRow } from './end-row.js';
import { ROWS_PER_SLICE } from './feed-batch.js';
import type { BatchRecords, HeldImages } from './ports.js';

export interface RunBatchesDeps {
  records: BatchRecords;
  feed(batch: Batch, limit: number): Promise<number>;
  endRow: Pick<EndRow, 'repairRows'>;
  held: Pick<HeldImages, 'settle'>;
  /** Number of bulk renders that wait in the queue. */
  bulkWaiting(): Promise<number>;
  /** Of these, the delayed ones: their caller has its share in flight. */
  bulkDelayed(): Promise<number>;
  /** Sends the webhook of a finished batch. Idempotent for batch and run. */
  notifyEnd(batch: Batch): Promise<void>;
  onError(error: unknown): void;
}

/**
 * Bulk renders that may wait in the queue at once, whatever the batches contain: about a second of
 * work for several busy workers, and a bound for what a cancelled batch still draws.
 */
const MAX_WAITING = 64;
const IDLE_PAUSE_MS = 500;
const BUSY_PAUSE_MS = 50;
/** The longest pause while there are rows to feed or in flight. */
const FULL_PAUSE_MS = 250;
const ERROR_PAUSE_MS = 1_000;
const LEASE_TTL_MS = 10_000;
const RATE_INTERVAL_MS = 1_000;
const REPAIR_INTERVAL_MS = 10_000;
/** Weight of a new value in the rate: about the last ten seconds count. */
const RATE_WEIGHT = 0.2;

/**
 * Runs all batches, in one process at a time: feeds their rows into the queue in turns, as many as
 * the workers take, and finishes those that are done. All of its state is in the records, so that
 * any process can continue after a crash.
 */
export function createRunBatches(deps: RunBatchesDeps) {
  const holder = randomUUID();
  let running = false;
  let ended: Promise<void> = Promise.resolve();
  let wake: () => void = () => undefined;
  let isNudged = false;
  let lastFed: string | undefined;
  let repairedAt = Number.NEGATIVE_INFINITY;
  let hadError = false;

  async function noteRate(batch: Batch): Promise<void> {
    const now = { atMs: Date.now(), ended: endedRows(batch) };
    const last = await deps.records.ratePoint(batch.id);
    const elapsedMs = last ? now.atMs - last.atMs : 0;
    // A negative time means that the clock was set back.
    if (last && elapsedMs >= 0 && elapsedMs < RATE_INTERVAL_MS) return;
    const recent = last && ((now.ended - last.ended) * 1000) / elapsedMs;
    // After a pause, or a retry that removed results, the old value has no meaning.
    const isFresh = last && elapsedMs > 0 && elapsedMs < 30_000 && now.ended >= last.ended;
    const rate =
      !isFresh || recent === undefined
        ? undefined
        : batch.rate === undefined
          ? recent
          : batch.rate * (1 - RATE_WEIGHT) + recent * RATE_WEIGHT;
    await deps.records.noteRate(batch.id, now, rate && Math.round(rate * 100) / 100);
  }

  async function finishIfDone(batch: Batch): Promise<boolean> {
    const now = isOver(batch) ? batch : await deps.records.finish(batch.id);
    if (!now || !isOver(now)) return false;
    await deps.held.settle(holdOf(now.id, now.run), notDrawn(now));
    await deps.notifyEnd(now);
    await deps.records.close(now.id);
    return true;
  }

  /**
   * Open batches, starting after the one that was fed last, so that the oldest does not always get
   * the room.
   */
  function inTurn(open: Batch[]): Batch[] {
    const next = open.findIndex(({ id }) => id === lastFed) + 1;
    return [...open.slice(next), ...open.slice(0, next)];
  }

  /**
   * If more rows are left than there is room for, the workers first draw half of it. If all rows
   * are fed, the last row that ends calls `nudge`.
   */
  function pauseAfter(open: readonly Batch[], roomLeft: number): number {
    if (roomLeft > 0) return FULL_PAUSE_MS;
    const perSecond = open.reduce((sum, { rate }) => sum + (rate ?? 0), 0);
    if (perSecond === 0) return BUSY_PAUSE_MS;
    const halfMs = (MAX_WAITING / 2 / perSecond) * 1_000;
    return Math.min(FULL_PAUSE_MS, Math.max(BUSY_PAUSE_MS, halfMs));
  }

  /**
   * How many rows of a batch may be fed. Delayed rows do not count against other batches, so with
   * them each batch has a limit of its own.
   */
  async function roomOf(batch: Batch, room: number, delayed: number): Promise<number> {
    const most = Math.min(ROWS_PER_SLICE, room);
    if (delayed === 0) return most;
    const underWay = (await deps.records.flights(batch.id)).length;
    return Math.min(most, Math.max(0, MAX_WAITING - underWay));
  }

  /** One round over all batches, in slices, until the queue is full. Returns how long to pause. */
  async function runRound(): Promise<number> {
    const isRepairDue = performance.now() - repairedAt > REPAIR_INTERVAL_MS;
    if (isRepairDue) repairedAt = performance.now();
    const open: Batch[] = [];
    for (const id of await deps.records.open()) {
      const batch = await deps.records.get(id);
      if (!batch) await deps.records.close(id);
      else if (!(await finishIfDone(batch))) open.push(batch);
    }
    for (const batch of open) {
      await noteRate(batch);
      if (isRepairDue) await deps.endRow.repairRows(batch, ROWS_PER_SLICE);
    }
    if (open.length === 0) return IDLE_PAUSE_MS;
    const [waiting, putOff] = await Promise.all([deps.bulkWaiting(), deps.bulkDelayed()]);
    let room = MAX_WAITING - (waiting - Math.min(waiting, putOff));
    let unfed = inTurn(open);
    while (running && room > 0 && unfed.length > 0) {
      const still: Batch[] = [];
      for (const batch of unfed) {
        // A batch that cannot be fed now must not block the others.
        const fed = await roomOf(batch, room, putOff)
          .then((limit) => (limit > 0 ? deps.feed(batch, limit) : 0))
          .catch((error: unknown) => {
            deps.onError(error);
            hadError = true;
            return 0;
          });
        room -= fed;
        if (fed === 0) continue;
        lastFed = batch.id;
        still.push(batch);
        if (room <= 0) break;
      }
      unfed = still;
    }
    return pauseAfter(open, room);
  }

  async function pause(ms: number): Promise<void> {
    if (isNudged) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends the current pause, or skips the next one. */
  function nudge(): void {
    isNudged = true;
    wake();
  }

  async function run(): Promise<void> {
    while (running) {
      try {
        isNudged = false;
        hadError = false;
        const leads = await deps.records.takeLease(holder, LEASE_TTL_MS);
        const ms = leads ? await runRound() : IDLE_PAUSE_MS;
        await pause(hadError ? ERROR_PAUSE_MS : ms);
      } catch (error) {
        deps.onError(error);
        await pause(ERROR_PAUSE_MS);
      }
    }
    await deps.records.releaseLease(holder).catch(() => undefined);
  }

  return {
    start(): void {
      running = true;
      ended = run();
    },
    /** Call it when a batch was created or changed: continues at once. */
    nudge,
    async stop(): Promise<void> {
      running = false;
      nudge();
      await ended;
    },
  };
}

export type RunBatches = ReturnType<typeof createRunBatches>;
