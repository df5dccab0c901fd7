import { setMaxListeners } from 'node:events';
import { AppError, toAppError } from '../errors/app-error.js';
import type { ProbeOutcome } from '../images/check-ports.js';
import { parseUrl } from '../parse-url.js';
import { decodeDataUrl } from './data-url.js';
import { expectSuccess } from './expect-success.js';
import { DEFAULT_MAX_BYTES, type FetchedResponse, type GuardedFetch } from './guarded-fetch.js';
import { createHostGates } from './host-gates.js';
import { tooLarge } from './read-body.js';

export interface AssetProbeOptions {
  fetch: GuardedFetch;
  /** Throws AppError `asset_invalid` for bytes that begin no picture. */
  sniff: (head: Buffer) => unknown;
  /** Of the whole file. Default 10 MB, as for pictures that are fetched. */
  maxBytes?: number;
  /** Milliseconds on a steady clock. */
  now?: () => number;
}

/** The signature of every kind, and of an SVG its root behind long comments. */
const HEAD_BYTES = 64 * 1024;

/** As many as pictures are fetched at once for renders. */
const MAX_PROBES = 16;
/** A sheet's pictures mostly come from one host, which did not ask for the visit. */
const MAX_PROBES_PER_HOST = 6;
/** With the time limit of 5 s a dead host costs a sheet ten seconds, not an hour. */
const MAX_TIMEOUTS = 8;
const PAUSE_MS = 30_000;
/** Less than whoever asks waits for an answer. */
const MAX_WAIT_MS = 100_000;

/** The size of the whole file as the host declares it; undefined where it does not. */
function declaredBytes({ status, headers }: FetchedResponse): number | undefined {
  const declared =
    status === 206
      ? /\/(\d{1,15})$/.exec(headers['content-range'] ?? '')?.[1]
      : headers['content-length'];
  return declared === undefined ? undefined : Number(declared);
}

/**
 * Looks whether there is a picture at an address, reading 64 KB of it at most: whether the address
 * is allowed, the host answers with success, the file begins as a picture does, and is declared no
 * larger than what a render accepts. A file that is broken further on is found by the render
 * alone. Every call asks; whoever has an address twice should ask once.
 * @throws AppError `cancelled`
 */
export function createAssetProbe(options: AssetProbeOptions) {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const throughGates = createHostGates({
    limit: MAX_PROBES,
    limitPerHost: MAX_PROBES_PER_HOST,
    maxTimeouts: MAX_TIMEOUTS,
    pauseMs: PAUSE_MS,
    maxWaitMs: MAX_WAIT_MS,
    now: options.now ?? (() => performance.now()),
  });

  function readHead(
    url: string,
    headers: Record<string, string>,
    signal: AbortSignal | undefined,
  ): Promise<FetchedResponse> {
    return options.fetch(url, {
      maxBytes: HEAD_BYTES,
      onOversize: 'cut',
      headers: { accept: 'image/*', ...headers },
      ...(signal ? { signal } : {}),
    });
  }

  async function ask(url: string, signal: AbortSignal | undefined): Promise<FetchedResponse> {
    const request = { range: `bytes=0-${HEAD_BYTES - 1}`, 'accept-encoding': 'identity' };
    try {
      const head = await readHead(url, request, signal);
      if (head.status !== 416) return head;
    } catch (error) {
      // A part of a compressed file cannot be unpacked; the beginning of the whole can.
      if (toAppError(error).code !== 'asset_invalid') throw error;
    }
    return readHead(url, {}, signal);
  }

  async function check(
    url: string,
    signal: AbortSignal | undefined,
    caller: string,
  ): Promise<void> {
    if (/^data:/i.test(url)) {
      options.sniff(decodeDataUrl(url, maxBytes));
      return;
    }
    const host = parseUrl(url)?.host ?? '';
    const head = await throughGates(host, { caller, signal }, () => {
      if (signal?.aborted) throw new AppError('cancelled', { detail: 'The check was cancelled.' });
      return ask(url, signal);
    });
    expectSuccess(head);
    if ((declaredBytes(head) ?? 0) > maxBytes) throw tooLarge(new URL(head.url).host, maxBytes);
    options.sniff(head.body);
  }

  return async function probeAsset(
    url: string,
    signal?: AbortSignal,
    caller = '',
  ): Promise<ProbeOutcome> {
    // Every address of a list listens; Node would take so many for a leak.
    if (signal) setMaxListeners(0, signal);
    try {
      await check(url, signal, caller);
      return { ok: true };
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!error.code.startsWith('asset_')) throw error;
      return { ok: false, code: error.code, message: error.detail };
    }
  };
}

export type AssetProbe = ReturnType<typeof createAssetProbe>;
