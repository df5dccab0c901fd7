import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { AppError, toAppError, withoutStack } from '../errors/app-error.js';
import type { Warning } from '../errors/warning.js';
import type { Asset, AssetRequest, AssetSource } from '../images/ports.js';
import { parseUrl } from '../lib/parse-url.js';
import { decodeDataUrl } from './data-url.js';
import { expectSuccess, PassingAnswer } from './expect-success.js';
import { createFairGate, GateTimeout } from './fair-gate.js';
import { DEFAULT_MAX_BYTES, type FetchedResponse, type GuardedFetch } from './guarded-fetch.js';
import { createOutcomeCache } from './outcome-cache.js';
import { type Callers, createSharedFlights } from './shared-flights.js';

interface Prepared {
  asset: Asset;
  warnings: Warning[];
}

/** Checks the bytes of a file and prepares them as an asset for its box. */
type PrepareAsset = (
  bytes: Buffer,
  options: Pick<AssetRequest, 'boxPx' | 'fit' | 'focus'>,
) => Promise<Prepared>;

export interface AssetSourceOptions {
  fetch: GuardedFetch;
  prepare: PrepareAsset;
  /** Limit of the cache of prepared assets. Default 128 MB, at most 256 MB. */
  cacheMaxBytes?: number;
  /** Limit of one file, fetched or from a data: URL. Default 10 MB. */
  maxBytes?: number;
  /** Milliseconds on a steady clock. */
  now?: () => number;
}

const MEGABYTE = 1024 * 1024;
const MAX_CACHE_BYTES = 256 * MEGABYTE;

/**
 * With less than a minute a batch would fetch the same logo again; after an hour a new logo would
 * come too late.
 */
const MIN_TTL_MS = 60_000;
const MAX_TTL_MS = 3_600_000;
/** For responses without caching headers. */
const DEFAULT_TTL_MS = 300_000;
/** Avoids thousands of requests to a dead host, without delaying a repaired one for long. */
const ERROR_TTL_MS = 10_000;

/** For a host that answers at once, but with an error that may pass. */
const PASSING_ERROR_TTL_MS = 1_000;
/** Before the one further attempt after such an error. */
const PAUSE_MS = 300;

const FETCHES = {
  limit: 16,
  spareForCallers: 8,
  spareForGroups: 8,
  // Fewer than the sockets for one host, so that one caller does not use all of a shared host.
  perGroup: 8,
};
/** Decoding the largest accepted assets needs up to 200 MB and a core. */
const PREPARATIONS = { limit: 2, spareForCallers: 1, spareForGroups: 1, slowMs: 2_000 };
/** Files that are prepared at once, including the spare slots. */
export const MAX_PREPARATIONS =
  PREPARATIONS.limit + PREPARATIONS.spareForCallers + PREPARATIONS.spareForGroups;
/** Files of one host are in one group if their sizes are within a factor of four. */
const SIZE_CLASS = 2;

const hostOf = (url: string) => (/^data:/i.test(url) ? 'data:' : (parseUrl(url)?.host ?? ''));

/** Group of a file: small files do not wait for large ones. All data: URLs count as one host. */
const groupOf = (url: string, bytes: number) =>
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
  // Hashed, because data: URLs are as long as their files.
  const form = `${box} ${request.fit} ${request.focus ?? ''}`;
  return createHash('sha256').update(`${form} ${request.url}`).digest('base64url');
}

/** Each caller gets its own copy, because callers write the field into their warnings. */
function copyOf({ asset: picture, warnings }: Prepared): Prepared {
  return { asset: picture, warnings: warnings.map((warning) => ({ ...warning })) };
}

/**
 * Fetches and prepares assets, once for all callers that need the same one in the same box.
 * Failures are cached briefly as well, so that a dead address costs one attempt and not one for
 * each row.
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

  /**
   * Decoded only inside the gate: so only the data: URLs themselves are in memory while they wait.
   */
  async function prepareDataUrl(request: AssetRequest, signal: AbortSignal, callers: Callers) {
    const { url } = request;
    const group = groupOf(url, url.length);
    const prepared = await prepareGate.within({ callers, group, signal }, async () =>
      options.prepare(decodeDataUrl(url, maxBytes), request),
    );
    return { prepared, ttlMs: MAX_TTL_MS };
  }

  async function fetchOnce(url: string, signal: AbortSignal): Promise<FetchedResponse> {
    const response = await options.fetch(url, {
      maxBytes,
      signal,
      headers: { accept: 'image/*' },
    });
    expectSuccess(response);
    return response;
  }

  /** A server that restarts, or has too much to do, answers with an error once. */
  async function fetchTwice(url: string, signal: AbortSignal): Promise<FetchedResponse> {
    try {
      return await fetchOnce(url, signal);
    } catch (error) {
      if (!(error instanceof PassingAnswer) || signal.aborted) throw error;
      await pause(PAUSE_MS, undefined, { signal });
      return fetchOnce(url, signal);
    }
  }

  /**
   * A file keeps its fetch slot until it is prepared, so that no more fetched files wait in memory
   * than there are slots.
   */
  async function prepareFetched(request: AssetRequest, signal: AbortSignal, callers: Callers) {
    const { url } = request;
    return fetchGate.within({ callers, group: hostOf(url), signal }, async () => {
      const { body, headers } = await fetchTwice(url, signal);
      const group = groupOf(url, body.length);
      const prepared = await prepareGate.within({ callers, group, signal }, () =>
        options.prepare(body, request),
      );
      return { prepared, ttlMs: timeToLive(headers) };
    });
  }

  /** Never rejects: a failure is an outcome that is shared and cached like others. */
  async function produce(
    key: string,
    request: AssetRequest,
    signal: AbortSignal,
    callers: Callers,
  ): Promise<Outcome> {
    try {
      const isGiven = /^data:/i.test(request.url);
      const make = isGiven ? prepareDataUrl : prepareFetched;
      const { prepared, ttlMs } = await make(request, signal, callers);
      const outcome = { prepared };
      if (!isClosed) cache.set(key, outcome, prepared.asset.body.length, ttlMs);
      return outcome;
    } catch (thrown) {
      const error = signal.aborted
        ? new AppError('cancelled', { detail: 'The job was cancelled.', cause: thrown })
        : toAppError(thrown);
      const isOfAsset = error.code.startsWith('asset_') && !(error instanceof GateTimeout);
      const ttlMs = error instanceof PassingAnswer ? PASSING_ERROR_TTL_MS : ERROR_TTL_MS;
      if (isOfAsset) cache.set(key, { error: withoutStack(error) }, 0, ttlMs);
      return { error };
    }
  }

  function join(
    key: string,
    request: AssetRequest,
    signal: AbortSignal | undefined,
    caller: string,
  ): Promise<Outcome> {
    const start = (flight: AbortSignal, askers: Callers) => produce(key, request, flight, askers);
    const outcome = flights.join(key, caller, start, signal);
    // With one more caller, its turn may come now.
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
