import { AppError } from '../errors/app-error.js';

export interface FairGateOptions {
  /** Tasks at once. */
  limit: number;
  /**
   * Extra slots for callers with nothing in flight, and for a group of a caller (a host, say) with
   * nothing in flight. So a caller with little work does not wait for one with much.
   */
  spareForCallers: number;
  spareForGroups: number;
  /** Limit for one group of one caller. Default: none besides the others. */
  perGroup?: number;
  /** Limit for one group over all callers. Default: none besides the others. */
  perGroupOfAll?: number;
  /** A group whose tasks recently took longer than this gets half of the slots, at least one. */
  slowMs?: number;
  /** Limit of the wait. Default 60 s. */
  maxWaitMs?: number;
  /** Milliseconds on a steady clock. */
  now?: () => number;
}

/** Describes one task. */
export interface GateRequest {
  /** The callers that need the task; callers that join later count as well. */
  callers: { keys(): Iterable<string> };
  /** Groups similar tasks of one caller: by host or size. */
  group: string;
  signal?: AbortSignal | undefined;
}

/** The task did not start in time; nothing is known about the asset itself. */
export class GateTimeout extends AppError {
  constructor(seconds: number) {
    super('asset_unreachable', {
      detail:
        `The picture waited ${seconds} s for its turn, because others of the same caller take very ` +
        'long. Use faster hosts and simpler files.',
    });
  }
}

/** Beyond this number, entries with nothing in flight are removed. */
const MAX_REMEMBERED = 1_000;
const DEFAULT_MAX_WAIT_MS = 60_000;
/** Weight of the newest value in the moving average. */
const NEWEST = 0.5;

/** What is in flight for a caller, a group over all callers, or a caller's group. */
interface Share {
  running: number;
  /** When a task was last started, as a sequence number. */
  turn: number;
  meanMs: number;
}

interface Shares {
  ofCaller: Share;
  /** Of the caller's group. */
  ofGroup: Share;
  /** Of the group over all callers. */
  ofAll: Share;
}

interface Waiting extends GateRequest {
  enter(caller: string): void;
}

interface Choice {
  waiting: Waiting;
  caller: string;
  shares: Shares;
  rank: readonly number[];
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? 0;
    if (value !== other) return value < other;
  }
  return false;
}

/**
 * Bounds concurrent tasks and shares the slots fairly. Next is always the caller with the least in
 * flight; of its groups the one with the least; of equal ones the one that was served longest ago.
 * A task that several callers need runs in the turn of whichever comes first.
 */
export function createFairGate(options: FairGateOptions) {
  const { limit, perGroup = Infinity, perGroupOfAll = Infinity, slowMs = Infinity } = options;
  const maxWaitMs = options.maxWaitMs ?? DEFAULT_MAX_WAIT_MS;
  const now = options.now ?? (() => performance.now());
  const spareForGroups = limit + options.spareForGroups;
  const spareForCallers = spareForGroups + options.spareForCallers;
  const shares = new Map<string, Share>();
  const waiting = new Set<Waiting>();
  let running = 0;
  let turns = 0;

  function share(name: string): Share {
    const found = shares.get(name) ?? { running: 0, turn: 0, meanMs: 0 };
    shares.set(name, found);
    return found;
  }

  function evictIdle(): void {
    if (shares.size <= MAX_REMEMBERED) return;
    for (const [name, { running: underWay }] of shares) if (underWay === 0) shares.delete(name);
  }

  function sharesOf(caller: string, group: string): Shares {
    return {
      ofCaller: share(`c ${caller}`),
      ofGroup: share(`l ${caller} ${group}`),
      ofAll: share(`a ${group}`),
    };
  }

  function isAtLimit({ ofGroup, ofAll }: Shares): boolean {
    const allowed = ofGroup.meanMs > slowMs ? Math.max(1, limit >> 1) : Infinity;
    return ofGroup.running >= Math.min(allowed, perGroup) || ofAll.running >= perGroupOfAll;
  }

  /** Whether there is a slot for the next task. */
  function hasSlot({ ofCaller, ofGroup }: Shares): boolean {
    if (running < limit) return true;
    if (running < spareForGroups && ofGroup.running === 0) return true;
    return running < spareForCallers && ofCaller.running === 0;
  }

  /** The next task by fair order, if there is a slot for it. */
  function next(): Choice | undefined {
    if (running >= spareForCallers) return undefined;
    let first: Choice | undefined;
    for (const one of waiting) {
      for (const caller of one.callers.keys()) {
        const its = sharesOf(caller, one.group);
        if (isAtLimit(its)) continue;
        const { ofCaller, ofGroup } = its;
        const rank = [ofCaller.running, ofCaller.turn, ofGroup.running, ofGroup.turn];
        if (!first || isBefore(rank, first.rank)) {
          first = { waiting: one, caller, shares: its, rank };
        }
      }
    }
    // The caller's group with the least in flight comes first: if it gets no slot, none of its
    // groups does. Nobody behind it may take one instead, or new groups of others would starve it.
    return first && hasSlot(first.shares) ? first : undefined;
  }

  function start({ waiting: one, caller }: Choice): void {
    waiting.delete(one);
    count(caller, one.group, 1);
    one.enter(caller);
  }

  function admit(): void {
    for (let one = next(); one; one = next()) start(one);
    evictIdle();
  }

  function count(caller: string, group: string, by: 1 | -1): void {
    running += by;
    if (by > 0) turns += 1;
    for (const one of Object.values(sharesOf(caller, group))) {
      one.running += by;
      if (by > 0) one.turn = turns;
    }
  }

  /** Resolves with the caller in whose turn the task starts. */
  function enter(request: GateRequest): Promise<string> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        request.signal?.removeEventListener('abort', abort);
        waiting.delete(one);
        settle();
      };
      const abort = () =>
        end(() => reject(new AppError('cancelled', { detail: 'The job was cancelled.' })));
      const late = () => end(() => reject(new GateTimeout(maxWaitMs / 1000)));
      const timer = setTimeout(late, maxWaitMs).unref();
      const one: Waiting = { ...request, enter: (caller) => end(() => resolve(caller)) };
      request.signal?.addEventListener('abort', abort, { once: true });
      if (request.signal?.aborted) {
        abort();
        return;
      }
      waiting.add(one);
      admit();
    });
  }

  return {
    /** @throws AppError `cancelled`, GateTimeout, or the error of `work` */
    async within<T>(request: GateRequest, work: () => Promise<T>): Promise<T> {
      const caller = await enter(request);
      const startedMs = now();
      try {
        return await work();
      } finally {
        const { ofGroup } = sharesOf(caller, request.group);
        ofGroup.meanMs += NEWEST * (now() - startedMs - ofGroup.meanMs);
        count(caller, request.group, -1);
        admit();
      }
    },

    /** Call it when another caller joined a waiting task. */
    review: admit,
  };
}
