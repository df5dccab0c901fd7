import { CardpressError, errorOfAnswer } from './cardpress-error.js';

export interface CallOptions {
  /** Ends the call, with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** For one try. Default: the client's. */
  timeoutMs?: number | undefined;
}

export interface Sender {
  fetch: typeof fetch;
  apiKey: string;
  timeoutMs: number;
  maxRetries: number;
  maxRetryAfterSeconds: number;
}

export interface Call extends CallOptions {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  /** Sent as JSON; a form as it is. */
  body?: unknown;
  headers?: Record<string, string> | undefined;
}

/** Runs `work` with a signal that ends with the caller's, or when the time is up. */
async function within<T>(
  timeoutMs: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const forward = () => controller.abort(outer?.reason);
  outer?.addEventListener('abort', forward, { once: true });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    controller.abort();
  }, timeoutMs);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (error instanceof CardpressError) throw error;
    outer?.throwIfAborted();
    const [code, message] = isLate
      ? (['timeout', `Cardpress did not answer within ${timeoutMs} ms.`] as const)
      : ([
          'unreachable',
          'Cardpress cannot be reached. Is baseUrl right, and the service up?',
        ] as const);
    throw new CardpressError(message, { code, status: 0, cause: error });
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', forward);
  }
}

async function attempt(sender: Sender, call: Call): Promise<unknown> {
  const { method, url, body } = call;
  const isForm = typeof FormData !== 'undefined' && body instanceof FormData;
  const isJson = body !== undefined && !isForm;
  // Here, since what cannot be written as JSON says nothing of the service.
  const payload = isForm ? body : isJson ? JSON.stringify(body) : undefined;
  return within(call.timeoutMs ?? sender.timeoutMs, call.signal, async (signal) => {
    const answer = await sender.fetch(url, {
      method,
      signal,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${sender.apiKey}`,
        ...(isJson ? { 'content-type': 'application/json' } : {}),
        ...call.headers,
      },
      ...(payload === undefined ? {} : { body: payload }),
    });
    if (!answer.ok) throw await errorOfAnswer(answer);
    if (answer.status === 204) return undefined;
    const text = await answer.text();
    try {
      return JSON.parse(text) as unknown;
    } catch {
      const message = 'The answer is not JSON. Is baseUrl the address of a Cardpress?';
      throw new CardpressError(message, { code: 'unexpected_answer', status: answer.status });
    }
  });
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** How long to wait before another try; undefined where none is worth it. */
function pauseOf(error: unknown, sender: Sender): number | undefined {
  if (!(error instanceof CardpressError) || ![429, 503].includes(error.status)) return undefined;
  const seconds = error.retryAfterSeconds;
  return seconds !== undefined && seconds <= sender.maxRetryAfterSeconds ? seconds : undefined;
}

/**
 * Calls the API. Tries again only where it answers 429 or 503 and says when: it has then done
 * nothing yet.
 * @throws CardpressError, and the reason of the caller's signal
 */
export async function sendRequest(sender: Sender, call: Call): Promise<unknown> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await attempt(sender, call);
    } catch (error) {
      const seconds = tries < sender.maxRetries ? pauseOf(error, sender) : undefined;
      if (seconds === undefined) throw error;
      await wait(seconds * 1_000, call.signal);
    }
  }
}
