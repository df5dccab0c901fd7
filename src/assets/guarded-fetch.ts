import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import { AppError } from '../errors/app-error.js';
import { orAborted } from '../lib/or-aborted.js';
import { parseUrl } from '../lib/parse-url.js';
import type { AddressPolicy } from './address-policy.js';
import { createPinnedConnector } from './pinned-dial.js';
import { readBody, tooLarge } from './read-body.js';

export const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 5_000;
export const DEFAULT_MAX_REDIRECTS = 5;

/**
 * Sockets for one host: enough for a batch whose assets all come from one, few enough not to
 * overload it.
 */
const CONNECTIONS_PER_ORIGIN = 12;
const KEEP_ALIVE_MS = 10_000;
const MAX_HEADER_BYTES = 32 * 1024;

interface FetchOptions {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /**
   * Names in lower case. After a redirect to another origin only `accept*` and `user-agent` are
   * sent.
   */
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** For the whole fetch: look-ups, connections, redirects and body. Default 5 s. */
  timeoutMs?: number;
  /** Limit of the body, after decompression. Default 10 MB. */
  maxBytes?: number;
  /** `refuse` (default) throws `asset_too_large`; `cut` keeps the beginning. */
  onOversize?: 'refuse' | 'cut';
  /** Default 5. With 0, and for methods other than GET and HEAD, a 3xx is returned as it is. */
  maxRedirects?: number;
  signal?: AbortSignal;
}

export interface FetchedResponse {
  /** Final URL, after redirects. */
  url: string;
  status: number;
  /** Names in lower case; repeated headers are joined by `, `. */
  headers: Record<string, string>;
  body: Buffer;
  redirects: number;
}

/**
 * Resolves for any status; only a missing or unreadable response is an error.
 * @throws AppError `asset_forbidden`, `asset_unreachable`, `asset_too_large`, `asset_invalid`
 *   (compression), `cancelled` (by `signal`)
 */
export type GuardedFetch = (url: string, options?: FetchOptions) => Promise<FetchedResponse>;

export interface GuardedFetcher {
  fetch: GuardedFetch;
  close(): Promise<void>;
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Readable;
}

function joinHeaders(headers: Record<string, string | string[] | undefined>) {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

/** Headers that may be sent to a host which the caller did not name. */
function headersForOtherOrigin(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => /^(accept(-.*)?|user-agent)$/.test(name)),
  );
}

function errorCode(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

function unreachable(host: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const code = errorCode(cause);
  const certificate = /CERT|ALTNAME|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(code);
  const why = certificate
    ? `The certificate of ${host} cannot be trusted (${code}). Renew it, or add its authority with NODE_EXTRA_CA_CERTS.`
    : `${host} could not be reached${code === '' ? '' : ` (${code})`}. Check that the address is right and public.`;
  return new AppError('asset_unreachable', { detail: why, cause, retryable: !certificate });
}

/** A keep-alive connection that the server closed just as it was used; one retry is safe. */
function isStaleConnection(error: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(errorCode(error));
}

function redirectTarget(answer: Answer, from: URL): string | undefined {
  const { location } = answer.headers;
  if (![301, 302, 303, 307, 308].includes(answer.status) || !location) return undefined;
  const target = parseUrl(location, from);
  if (target) return target.href;
  throw new AppError('asset_unreachable', {
    detail: `${from.host} redirects to something that is no address. Use the final address.`,
    retryable: false,
  });
}

/**
 * The only part that opens HTTP connections to the outside. The policy checks each hop, and the
 * connection goes exactly to the checked address. Proxies of the environment and cookies are not
 * used.
 *
 * A redirect from https to http is followed: an http address could have been given as well, and
 * nothing secret is sent.
 */
export function createGuardedFetch(options: {
  policy: AddressPolicy;
  /** As in package.json, for the User-Agent. */
  version: string;
}): GuardedFetcher {
  const { policy } = options;
  const userAgent = `Cardpress/${options.version} (+image fetcher)`;
  const agent = new Agent({
    connect: createPinnedConnector(policy, DEFAULT_TIMEOUT_MS),
    connections: CONNECTIONS_PER_ORIGIN,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // Covered by the one deadline below.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  async function send(
    url: URL,
    fetchOptions: FetchOptions,
    headers: Record<string, string>,
    signal: AbortSignal,
    mayRetry: boolean,
  ): Promise<Answer> {
    try {
      const answer = await request(url, {
        dispatcher: agent,
        method: fetchOptions.method ?? 'GET',
        headers,
        body: fetchOptions.body ?? null,
        signal,
      });
      return {
        status: answer.statusCode,
        headers: joinHeaders(answer.headers),
        body: answer.body,
      };
    } catch (error) {
      if (!mayRetry || !isStaleConnection(error) || signal.aborted) throw error;
      return send(url, fetchOptions, headers, signal, false);
    }
  }

  async function readAnswer(answer: Answer, url: URL, fetchOptions: FetchOptions): Promise<Buffer> {
    const maxBytes = fetchOptions.maxBytes ?? DEFAULT_MAX_BYTES;
    const onOversize = fetchOptions.onOversize ?? 'refuse';
    const isEmpty = fetchOptions.method === 'HEAD' || [204, 304].includes(answer.status);
    const announced = Number(answer.headers['content-length'] ?? 0);
    if (!isEmpty && onOversize === 'refuse' && announced > maxBytes) {
      answer.body.on('error', () => undefined).destroy();
      throw tooLarge(url.host, maxBytes);
    }
    return readBody(answer.body, {
      host: url.host,
      contentEncoding: isEmpty ? '' : (answer.headers['content-encoding'] ?? ''),
      maxBytes,
      onOversize,
    });
  }

  async function follow(
    start: string,
    fetchOptions: FetchOptions,
    signal: AbortSignal,
    at: { host: string },
  ): Promise<FetchedResponse> {
    const isSafe = ['GET', 'HEAD'].includes(fetchOptions.method ?? 'GET');
    const maxRedirects = isSafe ? (fetchOptions.maxRedirects ?? DEFAULT_MAX_REDIRECTS) : 0;
    let headers: Record<string, string> = {
      'user-agent': userAgent,
      'accept-encoding': 'gzip, br',
      ...fetchOptions.headers,
    };
    let url = policy.checkUrl(start);
    for (let redirects = 0; ; redirects += 1) {
      at.host = url.host;
      const answer = await send(url, fetchOptions, headers, signal, isSafe);
      const target = maxRedirects > 0 ? redirectTarget(answer, url) : undefined;
      if (target === undefined) {
        const body = await readAnswer(answer, url, fetchOptions);
        return { url: url.href, status: answer.status, headers: answer.headers, body, redirects };
      }
      answer.body.on('error', () => undefined).destroy();
      if (redirects === maxRedirects) {
        throw new AppError('asset_unreachable', {
          detail: `${url.host} redirects more than ${maxRedirects} times. Use the final address.`,
          retryable: false,
        });
      }
      const next = policy.checkUrl(target);
      if (next.origin !== url.origin) headers = headersForOtherOrigin(headers);
      url = next;
    }
  }

  return {
    async fetch(start, fetchOptions = {}) {
      const timeoutMs = fetchOptions.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), timeoutMs);
      const signals = [deadline.signal, ...(fetchOptions.signal ? [fetchOptions.signal] : [])];
      const signal = AbortSignal.any(signals);
      const at = { host: 'The host' };
      const work = follow(start, fetchOptions, signal, at);
      try {
        return await orAborted(work, signal);
      } catch (error) {
        if (error instanceof AppError) throw error;
        if (fetchOptions.signal?.aborted) {
          throw new AppError('cancelled', { detail: 'The fetch was cancelled.', cause: error });
        }
        if (!deadline.signal.aborted) throw unreachable(at.host, error);
        throw new AppError('asset_unreachable', {
          detail: `${at.host} did not answer in full within ${timeoutMs / 1000} s. Use a faster host or a smaller file.`,
          cause: error,
        });
      } finally {
        clearTimeout(timer);
      }
    },
    // Destroyed, not drained: nobody waits for responses at close.
    close: () => agent.destroy(),
  };
}
