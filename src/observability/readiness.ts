import { AppError } from '../errors/app-error.js';
import { withDeadline } from '../lib/deadline.js';
import type { Logger } from './logger.js';

interface CheckResult {
  ok: boolean;
  /** What is wrong and what to do, where the check said so. Safe to show. */
  detail?: string;
}

interface ReadinessReport {
  ok: boolean;
  checks: Record<string, CheckResult>;
}

export interface Readiness {
  check(): Promise<ReadinessReport>;
}

export interface ReadinessOptions {
  /** By name; each resolves when its part works and throws when not. */
  checks: Record<string, () => Promise<unknown>>;
  logger: Logger;
  /** How long a report is given out again, so that probes from many sides cost one. */
  cacheMs?: number;
  timeoutMs?: number;
  now?: () => number;
}

/** One missed probe is noise (a pause, a restarting browser); two in a row are a fact. */
const FAILURES_TO_FLIP = 2;

const ENDING: CheckResult = {
  ok: false,
  detail: 'This process is ending: it finishes what it has and takes nothing more.',
};

/**
 * Whether this process should get traffic. A part that never worked counts as broken from its
 * first failure; one that worked, from the second in a row.
 */
export function createReadiness(options: ReadinessOptions): Readiness & {
  /** From now on not ready, whatever works: this process is ending. */
  drain(): void;
} {
  const { checks, logger, cacheMs = 1_000, timeoutMs = 3_000 } = options;
  const now = options.now ?? (() => performance.now());
  const failures = new Map<string, number>();
  let cached: { report: ReadinessReport; untilMs: number } | undefined;
  let running: Promise<ReadinessReport> | undefined;
  let isDraining = false;

  async function probe(name: string, run: () => Promise<unknown>): Promise<CheckResult> {
    try {
      const work = Promise.resolve().then(run);
      await withDeadline(work, timeoutMs, () => new Error(`no answer within ${timeoutMs} ms`));
      failures.set(name, 0);
      return { ok: true };
    } catch (error) {
      const before = failures.get(name);
      const count = before === undefined ? FAILURES_TO_FLIP : before + 1;
      failures.set(name, count);
      const ok = count < FAILURES_TO_FLIP;
      logger.warn(
        { check: name, failures: count, ready: ok, err: error },
        'readiness check failed',
      );
      // Only a prepared sentence may leave the process; the rest is in the log.
      return ok
        ? { ok }
        : {
            ok,
            detail: error instanceof AppError ? error.detail : 'The check failed; see the log.',
          };
    }
  }

  async function probeAll(): Promise<ReadinessReport> {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, run]) => [name, await probe(name, run)] as const),
    );
    return { ok: results.every(([, result]) => result.ok), checks: Object.fromEntries(results) };
  }

  return {
    drain() {
      isDraining = true;
    },
    async check() {
      if (isDraining) return { ok: false, checks: { process: ENDING } };
      if (cached && now() < cached.untilMs) return cached.report;
      running ??= probeAll().finally(() => {
        running = undefined;
      });
      const report = await running;
      cached = { report, untilMs: now() + cacheMs };
      return report;
    },
  };
}
