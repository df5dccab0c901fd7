import { AppError } from '../errors/app-error.js';
import { createFairGate } from './fair-gate.js';

export interface HostGatesOptions {
  /** Tasks at once over all hosts; extra slots for callers and hosts with nothing in flight. */
  limit: number;
  limitPerHost: number;
  /** Failures without an answer in a row, after which a host is not contacted for `pauseMs`. */
  maxTimeouts: number;
  pauseMs: number;
  /** Limit of the wait for a slot. */
  maxWaitMs: number;
  /** Milliseconds on a steady clock. */
  now: () => number;
}

interface Host {
  users: number;
  failures: number;
  lastFailureAt: number;
  lastError: AppError | undefined;
}

/** Failing hosts that are remembered; more than a list of assets ever names. */
const MAX_FAILING_HOSTS = 1_000;

/** Permanent errors (a certificate, a redirect) come at once and cost no time. */
const isNoAnswer = (error: AppError) => error.code === 'asset_unreachable' && error.retryable;

/**
 * Bounds tasks by host and in total. A host that did not answer several times in a row is not
 * contacted for a while, because each further address would only wait for its time limit.
 */
export function createHostGates(options: HostGatesOptions) {
  const spare = Math.ceil(options.limit / 2);
  const gate = createFairGate({
    limit: options.limit,
    spareForCallers: spare,
    spareForGroups: spare,
    perGroupOfAll: options.limitPerHost,
    maxWaitMs: options.maxWaitMs,
  });
  const hosts = new Map<string, Host>();

  function enter(name: string): Host {
    const host = hosts.get(name) ?? {
      users: 0,
      failures: 0,
      lastFailureAt: 0,
      lastError: undefined,
    };
    host.users += 1;
    hosts.set(name, host);
    return host;
  }

  function leave(name: string, host: Host): void {
    host.users -= 1;
    if (host.users === 0 && (host.failures === 0 || hosts.size > MAX_FAILING_HOSTS)) {
      hosts.delete(name);
    }
  }

  /** The host's last error while it is paused. */
  function pausedError(host: Host): AppError | undefined {
    if (host.failures < options.maxTimeouts) return undefined;
    if (options.now() - host.lastFailureAt < options.pauseMs) return host.lastError;
    host.failures = 0;
    return undefined;
  }

  async function ask<T>(host: Host, work: () => Promise<T>): Promise<T> {
    const known = pausedError(host);
    if (known) throw known;
    try {
      const result = await work();
      host.failures = 0;
      return result;
    } catch (error) {
      if (error instanceof AppError && isNoAnswer(error)) {
        host.failures += 1;
        host.lastFailureAt = options.now();
        host.lastError = error;
      }
      throw error;
    }
  }

  /** `work` must throw AppError `asset_unreachable` if the host does not answer. */
  return async function throughGates<T>(
    name: string,
    { caller, signal }: { caller: string; signal: AbortSignal | undefined },
    work: () => Promise<T>,
  ): Promise<T> {
    const host = enter(name);
    const request = { callers: new Map([[caller, 1]]), group: name, signal };
    try {
      return await gate.within(request, () => ask(host, work));
    } finally {
      leave(name, host);
    }
  };
}
