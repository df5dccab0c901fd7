import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../errors/app-error.js';
import { createSemaphore } from '../lib/semaphore.js';
import {
  type DecoderChild,
  type DecoderDeath,
  type Outcome,
  startDecoder,
} from './decoder-child.js';
import type { DecoderLimits } from './decoder-command.js';
import type { DecoderRequest } from './decoder-protocol.js';

export interface DecoderPoolOptions {
  /** Maximum number of processes, and so of assets at once. Default 2. */
  size?: number;
  /** Overrides of the default limits. */
  limits?: Partial<DecoderLimits>;
  /** How long a decoder without work is kept. Default 30 s. */
  idleMs?: number;
  /** Called for each decoder that ended unexpectedly; `detail` only if it did not start. */
  onDeath?: (reason: DecoderDeath, detail?: string) => void;
}

export interface DecoderPool {
  /**
   * Has a decoder process a file; waits while all are busy.
   * @throws AppError `internal` if no decoder can be started, or the pool is closed
   */
  ask(request: DecoderRequest, file: Buffer): Promise<Outcome>;
  /** Kills every decoder and fails the files in flight. */
  close(): Promise<void>;
}

const MEGABYTE = 1024 * 1024;

const DEFAULT_LIMITS: DecoderLimits = {
  // 50 megapixels take 100 to 350 MB, as an interlaced PNG of 16 bits 575 MB.
  maxBytes: 768 * MEGABYTE,
  cpuMs: 5_000,
  wallMs: 12_000,
  maxAssets: 500,
};
const IDLE_MS = 30_000;

/**
 * A file that takes longer may take all of its time. The next one would wait 0.5 s for a decoder to
 * start, so one is started meanwhile. Nine of ten files are read within 60 ms.
 */
const SLOW_MS = 250;

/**
 * Memory that an idle decoder may keep; a fresh one has 75 MB. Allocators do not return all of it.
 */
const MAX_IDLE_BYTES = 320 * MEGABYTE;
/** Well below the processor time at which the system would kill it. */
const MAX_IDLE_CPU_MS = 60_000;

/**
 * Waits before another start after a failed one; after the last one starts are refused for a while.
 */
const RESTART_WAITS_MS = [200, 1_000];
const REFUSE_MS = 5_000;

function cannotStart(detail: string): AppError {
  return new AppError('internal', {
    detail:
      'The process that reads pictures cannot be started here. Look into the log, and whether sharp can be loaded.',
    cause: new Error(detail),
  });
}

/**
 * A pool of decoders: child processes, the only place where files from outside are read. They are
 * started when there is work, kept for later work, and replaced after a number of assets, when they
 * have grown, and when an asset killed them. A file is never given to a second decoder.
 */
export function createDecoderPool(options: DecoderPoolOptions = {}): DecoderPool {
  const size = options.size ?? 2;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const idle: { child: DecoderChild; assets: number; timer: NodeJS.Timeout }[] = [];
  const living = new Set<DecoderChild>();
  const semaphore = createSemaphore(size);
  let isClosed = false;
  let refusedUntil = 0;
  let refusal = '';

  function retire(child: DecoderChild): Promise<void> {
    return child.end().finally(() => living.delete(child));
  }

  function takeIdle() {
    for (let kept = idle.pop(); kept; kept = idle.pop()) {
      clearTimeout(kept.timer);
      if (kept.child.isAlive()) return { child: kept.child, assets: kept.assets };
      void retire(kept.child);
    }
    return undefined;
  }

  function release(child: DecoderChild, assets: number): void {
    const { rssBytes, cpuMs } = child.use();
    const isUsedUp =
      assets >= limits.maxAssets || rssBytes > MAX_IDLE_BYTES || cpuMs > MAX_IDLE_CPU_MS;
    if (isClosed || isUsedUp || !child.isAlive()) {
      void retire(child);
      return;
    }
    const entry = {
      child,
      assets,
      timer: setTimeout(() => {
        idle.splice(idle.indexOf(entry), 1);
        void retire(child);
      }, options.idleMs ?? IDLE_MS).unref(),
    };
    idle.push(entry);
  }

  function start() {
    if (performance.now() < refusedUntil) throw cannotStart(refusal);
    const child = startDecoder(limits);
    living.add(child);
    return { child, assets: 0 };
  }

  /** For files that arrive while the other decoders are busy with slow files. */
  function startSpare(): void {
    const mayStart = !isClosed && living.size < size && performance.now() >= refusedUntil;
    if (!mayStart || idle.length > 0) return;
    const { child, assets } = start();
    release(child, assets);
  }

  async function askOne(request: DecoderRequest, file: Buffer): Promise<Outcome> {
    const { child, assets } = takeIdle() ?? start();
    let slow: NodeJS.Timeout | undefined;
    const onBegun = () => {
      slow = setTimeout(startSpare, SLOW_MS).unref();
    };
    const outcome = await child.ask(request, file, onBegun).finally(() => clearTimeout(slow));
    if ('answer' in outcome) release(child, assets + 1);
    else void retire(child);
    return outcome;
  }

  /** A decoder that did not start has not read the file, so another one may. */
  async function askStarted(request: DecoderRequest, file: Buffer): Promise<Outcome> {
    for (const waitMs of [...RESTART_WAITS_MS, undefined]) {
      if (isClosed) throw new AppError('internal', { detail: 'The service is ending.' });
      const outcome = await askOne(request, file);
      if ('answer' in outcome) return outcome;
      if (isClosed) continue;
      const isUnstartable = outcome.died === 'unstartable';
      options.onDeath?.(outcome.died, isUnstartable ? outcome.detail : undefined);
      if (!isUnstartable) return outcome;
      refusal = outcome.detail;
      if (waitMs !== undefined) await sleep(waitMs);
    }
    refusedUntil = performance.now() + REFUSE_MS;
    throw cannotStart(refusal);
  }

  return {
    ask: (request, file) => semaphore.within(() => askStarted(request, file)),
    async close() {
      isClosed = true;
      for (const { timer } of idle.splice(0)) clearTimeout(timer);
      await Promise.all([...living].map(retire));
    },
  };
}
