import { randomUUID } from 'node:crypto';
import { type Batch, endedRows, holdOf, isOver, notDrawn } from './batch.js';
import type { EndRow } from './end-row.js';
import { ROWS_PER_SLICE } from './feed-batch.js';
import type { BatchRecords, HeldImages } from './ports.js';

export interface RunBatchesDeps {
  records: BatchRecords;
  feed(batch: Batch, limit: number): Promise<number>;
  endRow: Pick<EndRow, 'lookAfter'>;
  held: Pick<HeldImages, 'settle'>;
  /** Bulk renders that wait in the queue. */
  bulkWaiting(): Promise<number>;
  /** Of these, those that were put off, because their caller has his share under way. */
  bulkPutOff(): Promise<number>;
  /** Tells that a batch is over. Idempotent per batch and run. */
  notifyEnd(batch: Batch): Promise<void>;
  onError(error: unknown): void;
}

/**
 * Bulk renders that may wait in the queue at once, whatever the batches hold: about a second of
 * work for several busy workers, and a bound for what a cancelled batch still draws.
 */
const MAX_WAITING = 64;
const IDLE_PAUSE_MS = 500;
const BUSY_PAUSE_MS = 50;
/** The longest while there are rows to feed or on their way. */
const FULL_PAUSE_MS = 250;
const ERROR_PAUSE_MS = 1_000;
const LEAD_TTL_MS = 10_000;
const RATE_INTERVAL_MS = 1_000;
const LOOK_AFTER_INTERVAL_MS = 10_000;
/** Of a new figure in the rate: the last ten seconds or so count. */
const RATE_WEIGHT = 0.2;

/**
 * Moves all batches on, in one process at a time: feeds their rows into the queue in turns, as
 * many as the workers take, and ends those that are done. Everything it knows is in the records,
 * so that any process can go on where another died.
 */
export function createRunBatches(deps: RunBatchesDeps) {
  const holder = randomUUID();
  let running = false;
  let ended: Promise<void> = Promise.resolve();
  let wake: () => void = () => undefined;
  let isNudged = false;
  let lastFed: string | undefined;
  let lookedAfterAt = Number.NEGATIVE_INFINITY;
  let hadError = false;

  async function noteRate(batch: Batch): Promise<void> {
    const now = { atMs: Date.now(), ended: endedRows(batch) };
    const last = await deps.records.ratePoint(batch.id);
    const elapsedMs = last ? now.atMs - last.atMs : 0;
    // Less than nothing: the clock was set back.
    if (last && elapsedMs >= 0 && elapsedMs < RATE_INTERVAL_MS) return;
    const recent = last && ((now.ended - last.ended) * 1000) / elapsedMs;
    // After a pause, or a retry that took rows back, the old figure says nothing.
    const isFresh = last && elapsedMs > 0 && elapsedMs < 30_000 && now.ended >= last.ended;
    const rate =
      !isFresh || recent === undefined
        ? undefined
        : batch.rate === undefined
          ? recent
          : batch.rate * (1 - RATE_WEIGHT) + recent * RATE_WEIGHT;
    await deps.records.noteRate(batch.id, now, rate && Math.round(rate * 100) / 100);
  }

  async function settleEnd(batch: Batch): Promise<boolean> {
    const now = isOver(batch) ? batch : await deps.records.finish(batch.id);
    if (!now || !isOver(now)) return false;
    await deps.held.settle(holdOf(now.id, now.run), notDrawn(now));
    await deps.notifyEnd(now);
    await deps.records.close(now.id);
    return true;
  }

  /** Beginning behind the one that was fed last: room for a few rows is not always the oldest's. */
  function inTurn(open: Batch[]): Batch[] {
    const next = open.findIndex(({ id }) => id === lastFed) + 1;
    return [...open.slice(next), ...open.slice(0, next)];
  }

  /**
   * Where more is left to feed than there is room for, the workers may first draw half of it.
   * Where all is fed, the last row that ends nudges.
   */
  function pauseAfter(open: readonly Batch[], roomLeft: number): number {
    if (roomLeft > 0) return FULL_PAUSE_MS;
    const perSecond = open.reduce((sum, { rate }) => sum + (rate ?? 0), 0);
    if (perSecond === 0) return BUSY_PAUSE_MS;
    const halfMs = (MAX_WAITING / 2 / perSecond) * 1_000;
    return Math.min(FULL_PAUSE_MS, Math.max(BUSY_PAUSE_MS, halfMs));
  }

  /**
   * How many rows of a batch may be fed. Rows that were put off take no room from other batches, so
   * each has to have a bound of its own then.
   */
  async function roomOf(batch: Batch, room: number, putOff: number): Promise<number> {
    const most = Math.min(ROWS_PER_SLICE, room);
    if (putOff === 0) return most;
    const underWay = (await deps.records.flights(batch.id)).length;
    return Math.min(most, Math.max(0, MAX_WAITING - underWay));
  }

  /** One turn for every batch, in slices, until the queue has enough. Returns how long to pause. */
  async function turn(): Promise<number> {
    const mayLook = performance.now() - lookedAfterAt > LOOK_AFTER_INTERVAL_MS;
    if (mayLook) lookedAfterAt = performance.now();
    const open: Batch[] = [];
    for (const id of await deps.records.open()) {
      const batch = await deps.records.get(id);
      if (!batch) await deps.records.close(id);
      else if (!(await settleEnd(batch))) open.push(batch);
    }
    for (const batch of open) {
      await noteRate(batch);
      if (mayLook) await deps.endRow.lookAfter(batch, ROWS_PER_SLICE);
    }
    if (open.length === 0) return IDLE_PAUSE_MS;
    const [waiting, putOff] = await Promise.all([deps.bulkWaiting(), deps.bulkPutOff()]);
    let room = MAX_WAITING - (waiting - Math.min(waiting, putOff));
    let hungry = inTurn(open);
    while (running && room > 0 && hungry.length > 0) {
      const still: Batch[] = [];
      for (const batch of hungry) {
        // One that cannot be fed now must not stand in the way of the others.
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
      hungry = still;
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

  /** Ends the pause, or leaves out the next one. */
  function nudge(): void {
    isNudged = true;
    wake();
  }

  async function run(): Promise<void> {
    while (running) {
      try {
        isNudged = false;
        hadError = false;
        const leads = await deps.records.lead(holder, LEAD_TTL_MS);
        const ms = leads ? await turn() : IDLE_PAUSE_MS;
        await pause(hadError ? ERROR_PAUSE_MS : ms);
      } catch (error) {
        deps.onError(error);
        await pause(ERROR_PAUSE_MS);
      }
    }
    await deps.records.stepDown(holder).catch(() => undefined);
  }

  return {
    start(): void {
      running = true;
      ended = run();
    },
    /** A batch came or changed: look now rather than with the next turn. */
    nudge,
    async stop(): Promise<void> {
      running = false;
      nudge();
      await ended;
    },
  };
}

export type RunBatches = ReturnType<typeof createRunBatches>;
