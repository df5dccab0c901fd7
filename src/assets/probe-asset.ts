import { setMaxListeners } from 'node:events';
import { AppError, toAppError } from '../errors/app-error.js';
import type { ProbeOutcome } from '../images/check-ports.js';
import { parseUrl } from '../lib/parse-url.js';
import { decodeDataUrl } from './data-url.js';
import { expectSuccess } from './expect-success.js';
import { DEFAULT_MAX_BYTES, type FetchedResponse, type GuardedFetch } from './guarded-fetch.js';
import { createHostGates } from './host-gates.js';
import { tooLarge } from './read-body.js';

export interface AssetProbeOptions {
  fetch: GuardedFetch;
  /** Throws AppError `asset_invalid` for bytes that are not the start of an asset. */
  sniff: (head: Buffer) => unknown;
  /** Limit of the whole file. Default 10 MB, as for fetched assets. */
  maxBytes?: number;
  /** Milliseconds on a steady clock. */
  now?: () => number;
}

/** Enough for the signature of every kind, and for the root of an SVG behind long comments. */
const HEAD_BYTES = 64 * 1024;

/** As many as renders fetch at once. */
const MAX_PROBES = 16;
/** The assets of a list mostly come from one host, which should not be overloaded. */
const MAX_PROBES_PER_HOST = 6;
/** With the time limit of 5 s, a dead host costs a list ten seconds, not an hour. */
const MAX_TIMEOUTS = 8;
const PAUSE_MS = 30_000;
/** Less than the requester waits for an answer. */
const MAX_WAIT_MS = 100_000;

/** The size of the whole file as declared by the host; undefined if it is not. */
function declaredBytes({ status, headers }: FetchedResponse): number | undefined {
  const declared =
    status === 206
      ? /\/(\d{1,15})$/.exec(headers['content-range'] ?? '')?.[1]
      : headers['content-length'];
  return declared === undefined ? undefined : Number(declared);
}

/**
 * Probes an asset's address, reading at most 64 KB: whether the address is allowed, the host
 * answers with success, the file begins like an image, and its declared size is within the limit of
 * a render. A file that is damaged further on is only found by the render. Every call fetches; a
 * caller should probe each address once.
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
      // A range of a compressed response cannot be decompressed; its beginning can.
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
    // One listener for each address of a list, which Node would report as a leak.
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
