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
  /** Processes at most, and so pictures at once. Default 2. */
  size?: number;
  /** What differs from the defaults. */
  limits?: Partial<DecoderLimits>;
  /** How long a decoder without work is kept. Default 30 s. */
  idleMs?: number;
  /** Told of each decoder that ended before its time; `detail` only of one that did not start. */
  onDeath?: (reason: DecoderDeath, detail?: string) => void;
}

export interface DecoderPool {
  /**
   * Has a decoder look into a file; waits for one where all are busy.
   * @throws AppError `internal` where no decoder can be started, or the pool is closed
   */
  ask(request: DecoderRequest, file: Buffer): Promise<Outcome>;
  /** Ends every decoder, and with them what is under way. */
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

/** What one may keep between pictures; a fresh one has 75 MB. Allocators do not give all back. */
const KEPT_BYTES = 320 * MEGABYTE;
/** Well below the processor time at which the system would end it. */
const KEPT_CPU_MS = 60_000;

/** Waits before another start after one that failed; after the last there is none for a while. */
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
 * Decoders: child processes in which alone files from outside are looked into. They are started
 * when there is work, kept warm for what follows, and replaced after a number of pictures, when
 * they have grown, and when they died of one. A file is never given to a second decoder.
 */
export function createDecoderPool(options: DecoderPoolOptions = {}): DecoderPool {
  const size = options.size ?? 2;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const idle: { child: DecoderChild; pictures: number; timer: NodeJS.Timeout }[] = [];
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
      if (kept.child.isAlive()) return { child: kept.child, pictures: kept.pictures };
      void retire(kept.child);
    }
    return undefined;
  }

  function keep(child: DecoderChild, pictures: number): void {
    const { rssBytes, cpuMs } = child.use();
    const isUsedUp = pictures >= limits.maxAssets || rssBytes > KEPT_BYTES || cpuMs > KEPT_CPU_MS;
    if (isClosed || isUsedUp || !child.isAlive()) {
      void retire(child);
      return;
    }
    const entry = {
      child,
      pictures,
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
    return { child, pictures: 0 };
  }

  /** For whoever comes while those that are there are busy with slow files. */
  function startSpare(): void {
    const mayStart = !isClosed && living.size < size && performance.now() >= refusedUntil;
    if (!mayStart || idle.length > 0) return;
    const { child, pictures } = start();
    keep(child, pictures);
  }

  async function askOne(request: DecoderRequest, file: Buffer): Promise<Outcome> {
    const { child, pictures } = takeIdle() ?? start();
    const slow = setTimeout(startSpare, SLOW_MS).unref();
    const outcome = await child.ask(request, file).finally(() => clearTimeout(slow));
    if ('answer' in outcome) keep(child, pictures + 1);
    else void retire(child);
    return outcome;
  }

  /** A decoder that did not start has not seen the file: another one may. */
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
