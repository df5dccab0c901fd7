import { createHash } from 'node:crypto';
import { AppError, toAppError } from '../errors/app-error.js';
import type { Warning } from '../errors/warning.js';
import type { Asset, AssetRequest, AssetSource } from '../images/ports.js';
import { parseUrl } from '../parse-url.js';
import { decodeDataUrl } from './data-url.js';
import { expectSuccess } from './expect-success.js';
import { createFairGate, MissedTurn } from './fair-gate.js';
import { DEFAULT_MAX_BYTES, type GuardedFetch } from './guarded-fetch.js';
import { createOutcomeCache } from './outcome-cache.js';
import { type Askers, createSharedFlights } from './shared-flights.js';

export interface Prepared {
  picture: Asset;
  warnings: Warning[];
}

/** Checks the bytes of a file and makes them a picture for its box. */
export type PrepareAsset = (
  bytes: Buffer,
  options: Pick<AssetRequest, 'boxPx' | 'fit' | 'focus'>,
) => Promise<Prepared>;

export interface AssetSourceOptions {
  fetch: GuardedFetch;
  prepare: PrepareAsset;
  /** Of prepared pictures. Default 128 MB, at most 256 MB. */
  cacheMaxBytes?: number;
  /** Of one file, fetched or given. Default 10 MB. */
  maxBytes?: number;
  /** Milliseconds on a steady clock. */
  now?: () => number;
}

const MEGABYTE = 1024 * 1024;
const MAX_CACHE_BYTES = 256 * MEGABYTE;

/** Under a minute a batch would fetch the same logo again; over an hour a new logo comes too late. */
const MIN_TTL_MS = 60_000;
const MAX_TTL_MS = 3_600_000;
/** For answers that say nothing about their age. */
const DEFAULT_TTL_MS = 300_000;
/** Spares a dead host ten thousand requests, without keeping a mended one waiting. */
const ERROR_TTL_MS = 10_000;

const FETCHES = {
  limit: 16,
  spareForCallers: 8,
  spareForLines: 8,
  // Below the sockets a host, so that a caller does not take all of a host that others use, too.
  perLine: 8,
};
/** Decoding needs up to 200 MB for the largest pictures that are accepted, and a core. */
const PREPARATIONS = { limit: 2, spareForCallers: 1, spareForLines: 1, slowMs: 2_000 };
/** Files that are prepared at once, the spare places included. */
export const MAX_PREPARATIONS =
  PREPARATIONS.limit + PREPARATIONS.spareForCallers + PREPARATIONS.spareForLines;
/** Files of a host are alike when their sizes are, within a factor of four. */
const SIZE_CLASS = 2;

const hostOf = (url: string) => (/^data:/i.test(url) ? 'data:' : (parseUrl(url)?.host ?? ''));

/** What is small does not wait for what is large: a data: address has no host to tell it by. */
const lineOf = (url: string, bytes: number) =>
  `${hostOf(url)} ${Math.ceil(Math.log2(bytes + 1) / SIZE_CLASS)}`;

type Outcome = { prepared: Prepared } | { error: AppError };

function timeToLive(headers: Record<string, string>): number {
  const control = headers['cache-control'] ?? '';
  if (/\bno-(store|cache)\b/i.test(control)) return MIN_TTL_MS;
  const seconds = /\bmax-age="?(\d{1,9})/i.exec(control)?.[1];
  if (seconds === undefined) return DEFAULT_TTL_MS;
  return Math.min(MAX_TTL_MS, Math.max(MIN_TTL_MS, Number(seconds) * 1000));
}

function requestKey(request: AssetRequest): string {
  const box = request.boxPx ? `${request.boxPx.width}x${request.boxPx.height}` : '';
  // Hashed because data: addresses are as long as their pictures.
  const form = `${box} ${request.fit} ${request.focus ?? ''}`;
  return createHash('sha256').update(`${form} ${request.url}`).digest('base64url');
}

/** The copy is the asker's own: askers name the field in the warnings that they were given. */
function copyOf({ picture, warnings }: Prepared): Prepared {
  return { picture, warnings: warnings.map((warning) => ({ ...warning })) };
}

/**
 * Fetches and prepares pictures, once for all who ask for the same one in the same box. Failures
 * are remembered briefly as well, so that a dead address costs one attempt and not one a row.
 */
export function createAssetSource(options: AssetSourceOptions): AssetSource {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const cache = createOutcomeCache<Outcome>({
    maxBytes: Math.min(MAX_CACHE_BYTES, options.cacheMaxBytes ?? 128 * MEGABYTE),
    now: options.now ?? (() => performance.now()),
  });
  const flights = createSharedFlights<Outcome>();
  const fetchGate = createFairGate(FETCHES);
  const prepareGate = createFairGate(PREPARATIONS);
  let isClosed = false;

  /** As many bytes as may wait for their turn are in memory: so the file is unpacked within it. */
  async function prepareGiven(request: AssetRequest, signal: AbortSignal, callers: Askers) {
    const { url } = request;
    const line = lineOf(url, url.length);
    const prepared = await prepareGate.within({ callers, line, signal }, async () =>
      options.prepare(decodeDataUrl(url, maxBytes), request),
    );
    return { prepared, ttlMs: MAX_TTL_MS };
  }

  /** A file keeps its place until it is prepared, so that no more files wait than there are places. */
  async function prepareFetched(request: AssetRequest, signal: AbortSignal, callers: Askers) {
    const { url } = request;
    return fetchGate.within({ callers, line: hostOf(url), signal }, async () => {
      const response = await options.fetch(url, {
        maxBytes,
        signal,
        headers: { accept: 'image/*' },
      });
      expectSuccess(response);
      const { body, headers } = response;
      const line = lineOf(url, body.length);
      const prepared = await prepareGate.within({ callers, line, signal }, () =>
        options.prepare(body, request),
      );
      return { prepared, ttlMs: timeToLive(headers) };
    });
  }

  /** Never rejects: a failure is an outcome like any other, to be shared and remembered. */
  async function produce(
    key: string,
    request: AssetRequest,
    signal: AbortSignal,
    callers: Askers,
  ): Promise<Outcome> {
    try {
      const isGiven = /^data:/i.test(request.url);
      const make = isGiven ? prepareGiven : prepareFetched;
      const { prepared, ttlMs } = await make(request, signal, callers);
      const outcome = { prepared };
      if (!isClosed) cache.set(key, outcome, prepared.picture.body.length, ttlMs);
      return outcome;
    } catch (thrown) {
      const error = signal.aborted
        ? new AppError('cancelled', { detail: 'The job was cancelled.', cause: thrown })
        : toAppError(thrown);
      const isOfAsset = error.code.startsWith('asset_') && !(error instanceof MissedTurn);
      if (isOfAsset) cache.set(key, { error }, 0, ERROR_TTL_MS);
      return { error };
    }
  }

  function join(
    key: string,
    request: AssetRequest,
    signal: AbortSignal | undefined,
    caller: string,
  ): Promise<Outcome> {
    const start = (flight: AbortSignal, askers: Askers) => produce(key, request, flight, askers);
    const outcome = flights.join(key, caller, start, signal);
    // It may have waited in the line of others until now.
    fetchGate.review();
    prepareGate.review();
    return outcome;
  }

  return {
    async fetch(request, signal, caller = '') {
      const key = requestKey(request);
      const outcome = cache.get(key) ?? (await join(key, request, signal, caller));
      if ('error' in outcome) throw outcome.error;
      return copyOf(outcome.prepared);
    },
    async close() {
      isClosed = true;
      flights.abortAll();
      cache.clear();
    },
  };
}
