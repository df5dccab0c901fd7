import type { Request, Response } from 'express';
import { LRUCache } from 'lru-cache';
import { AppError } from '../errors/app-error.js';
import { clientNetwork } from './client-network.js';
import type {} from './request-context.js';

export interface FailedAttemptsOptions {
  /** Within one window, from one network. Default 20: more than anybody mistypes. */
  limit?: number;
  /** Default one minute. */
  windowMs?: number;
  /** That are remembered at once; beyond, the oldest is forgotten. Default 10,000: about 2 MB. */
  maxNetworks?: number;
  /** Monotonic milliseconds. */
  clock?: () => number;
}

/**
 * Wrong keys by the network that they came from, in this process: nothing is asked or written for
 * them elsewhere, and however many addresses somebody has, the memory is bounded.
 */
export function createFailedAttempts(options: FailedAttemptsOptions = {}) {
  const { limit = 20, windowMs = 60_000, maxNetworks = 10_000 } = options;
  const clock = options.clock ?? (() => performance.now());
  /** In the order in which their windows end. */
  const networks = new LRUCache<string, { count: number; endsAtMs: number }>({ max: maxNetworks });

  return {
    /** Counts a wrong key. Returns the seconds to wait if there were too many. */
    note(address: string | undefined): number | undefined {
      const nowMs = clock();
      const network = clientNetwork(address);
      let known = networks.peek(network);
      if (!known || known.endsAtMs <= nowMs) {
        known = { count: 0, endsAtMs: nowMs + windowMs };
        networks.set(network, known);
      }
      known.count += 1;
      if (known.count <= limit) return undefined;
      return Math.ceil((known.endsAtMs - nowMs) / 1000);
    },
    /** Networks that are remembered. */
    size: () => networks.size,
  };
}

export type FailedAttempts = ReturnType<typeof createFailedAttempts>;

/**
 * Counts a wrong key of the client of a request.
 * @throws AppError `rate_limited` if there were too many
 */
export function assertAttemptsLeft(attempts: FailedAttempts, req: Request, res: Response): void {
  const seconds = attempts.note(res.locals.client?.address ?? req.ip);
  if (seconds === undefined) return;
  throw new AppError('rate_limited', {
    detail:
      'Too many wrong API keys came from this address. A valid key is still taken; ' +
      `try others again in ${seconds} s.`,
    retryAfterSeconds: seconds,
  });
}
