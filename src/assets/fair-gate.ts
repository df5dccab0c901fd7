import { AppError } from '../errors/app-error.js';

export interface FairGateOptions {
  /** Pieces of work at once. */
  limit: number;
  /**
   * Beside those: for callers who have nothing under way, and for a line of a caller (a host, say) that
   * has nothing under way. So whoever asks for little does not wait for whoever asks for much.
   */
  spareForCallers: number;
  spareForGroups: number;
  /** Of one caller's line. Default: no limit but the others. */
  perGroup?: number;
  /** Of one group, whoever asks. Default: no limit but the others. */
  perGroupOfAll?: number;
  /** A line whose work took longer than this of late has half of the places, one at least. */
  slowMs?: number;
  /** After which waiting is given up. Default 60 s. */
  maxWaitMs?: number;
  /** Milliseconds on a steady clock. */
  now?: () => number;
}

/** Who wants a piece of work done. */
export interface GateRequest {
  /** By name; those who join later count as well. */
  callers: { keys(): Iterable<string> };
  /** What makes work of one caller alike: a host, or a size. */
  group: string;
  signal?: AbortSignal | undefined;
}

/** Nothing is known of the picture itself. */
export class GateTimeout extends AppError {
  constructor(seconds: number) {
    super('asset_unreachable', {
      detail:
        `The picture waited ${seconds} s for its turn, because others of the same caller take very ` +
        'long. Use faster hosts and simpler files.',
    });
  }
}

export type FairGate = ReturnType<typeof createFairGate>;

/** Names of which nothing is under way are forgotten beyond this. */
const MAX_REMEMBERED = 1_000;
const DEFAULT_MAX_WAIT_MS = 60_000;
/** Weight of the newest in the mean. */
const NEWEST = 0.5;

/** Of a caller, a line of all, or a caller's line. */
interface Share {
  running: number;
  /** When it was last let in, as a running number. */
  turn: number;
  meanMs: number;
}

interface Shares {
  ofCaller: Share;
  /** Of his line. */
  ofGroup: Share;
  /** Of that group, whoever asks. */
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
 * Lets in so many pieces of work at once, shared fairly: next is always the caller who has least
 * under way, of his lines the one that has least, and of equals whoever was let in longest ago. Work
 * that several ask for is done in the turn of whoever's comes first.
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

  /** Whether there is a place for the one whose turn it is. */
  function hasSlot({ ofCaller, ofGroup }: Shares): boolean {
    if (running < limit) return true;
    if (running < spareForGroups && ofGroup.running === 0) return true;
    return running < spareForCallers && ofCaller.running === 0;
  }

  /** The one whose turn it is, and of the same caller the one that has a place. */
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
    // Of a caller the line that has least comes first: where it has no place, none of his has. And
    // nobody behind him may take one instead, or fresh lines of others would keep him waiting.
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

  /** Resolves with the caller in whose turn it is. */
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
    /** @throws AppError `cancelled`, MissedTurn, or as `work` */
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

    /** To be called when someone joined those who ask for a piece of work. */
    review: admit,
  };
}
