import { AppError } from '../errors/app-error.js';
import { withDeadline } from '../lib/deadline.js';
import type { Logger } from './logger.js';

interface CheckResult {
  ok: boolean;
  /** Problem and remedy, if the check provides them. Safe to show. */
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
  /** By name; each resolves if its part works and throws if not. */
  checks: Record<string, () => Promise<unknown>>;
  logger: Logger;
  /** How long a report is reused, so that probes from many sides cost one check. */
  cacheMs?: number;
  timeoutMs?: number;
  now?: () => number;
}

/** One failed probe may be a pause or a restarting browser; two in a row count. */
const FAILURES_TO_FLIP = 2;

const ENDING: CheckResult = {
  ok: false,
  detail: 'This process is ending: it finishes what it has and takes nothing more.',
};

/**
 * Whether this process should get traffic. A part that never worked counts as broken from its first
 * failure; one that worked, from its second failure in a row.
 */
export function createReadiness(options: ReadinessOptions): Readiness & {
  /** Reports not ready from now on: this process shuts down. */
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
      // Only messages of AppError may be shown; the rest is in the log.
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
