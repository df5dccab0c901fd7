import { setTimeout as sleep } from 'node:timers/promises';

/** The part of the API's image that is used here. */
export interface RenderedImage {
  id: string;
  status: 'queued' | 'active' | 'completed' | 'failed' | 'review';
  url: string;
  reused: boolean;
  warnings: { code: string; field?: string; message: string }[];
  error?: { code: string; message: string };
}

export interface ClientOptions {
  /** The service, without a slash at the end. */
  url: string;
  apiKey: string;
  /** Told of every attempt that is made again. */
  onRetry: (reason: string) => void;
}

/** Worth another attempt: the service is busy, restarting, or something between us and it broke. */
const RETRYABLE = new Set([429, 502, 503]);
const MAX_ATTEMPTS = 12;
const REQUEST_TIMEOUT_MS = 60_000;
const WAIT_SECONDS = 20;
const MAX_POLLS = 30;

/** Doubles up to 8 s, scattered so that many clients do not come back at once. */
function backoffMs(attempt: number): number {
  return Math.min(8_000, 250 * 2 ** attempt) * (0.5 + Math.random() / 2);
}

/** RFC 9110: seconds, or a date. */
function retryAfterMs(response: Response): number | undefined {
  const value = response.headers.get('retry-after');
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

async function problemOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { code, detail } = JSON.parse(text) as { code?: string; detail?: string };
    return `${response.status} ${code ?? ''}: ${detail ?? ''}`;
  } catch {
    return `${response.status}: ${text.slice(0, 200)}`;
  }
}

/** A small client of the HTTP API that does not give up at the first trouble. */
export function createClient({ url, apiKey, onRetry }: ClientOptions) {
  const headers = { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' };

  /** The answer's body is read within the attempt: a connection may break in the middle of it. */
  async function attempt<T>(
    address: string,
    init: RequestInit,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      let reason: string;
      let delayMs = backoffMs(tries);
      try {
        const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
        const response = await fetch(address, { ...init, signal });
        if (response.ok) return await read(response);
        reason = await problemOf(response);
        if (!RETRYABLE.has(response.status)) throw new RefusedError(reason);
        delayMs = retryAfterMs(response) ?? delayMs;
      } catch (error) {
        if (error instanceof RefusedError) throw error;
        const { message, cause } = error as Error & { cause?: { code?: string } };
        reason = cause?.code ?? message;
      }
      if (tries === MAX_ATTEMPTS) throw new Error(`${reason} (after ${tries} attempts)`);
      onRetry(reason);
      await sleep(delayMs);
    }
  }

  const json = (response: Response) => response.json() as Promise<RenderedImage>;

  return {
    /** One look before all the work. @throws Error saying what is wrong with address or key */
    async check(template: string): Promise<void> {
      const response = await fetch(`${url}/v1/templates/${template}`, { headers }).catch(() => {
        throw new Error(`Nothing answers at ${url}. Start the service with "npm start".`);
      });
      if (!response.ok) throw new Error(`${url} says ${await problemOf(response)}`);
    },

    /** Resolves when the picture is ready. @throws Error with the API's own words */
    async render(template: string, data: Record<string, string>): Promise<RenderedImage> {
      const body = JSON.stringify({ template, data, wait: WAIT_SECONDS });
      let image = await attempt(`${url}/v1/images`, { method: 'POST', headers, body }, json);
      const { reused } = image;
      for (let polls = 0; image.status === 'queued' || image.status === 'active'; polls += 1) {
        if (polls === MAX_POLLS) throw new Error(`${image.id} is still ${image.status}`);
        await sleep(1_000);
        image = await attempt(`${url}/v1/images/${image.id}`, { headers }, json);
      }
      if (image.status === 'completed') return { ...image, reused };
      throw new Error(`${image.error?.code ?? image.status}: ${image.error?.message ?? ''}`);
    },

    /** The public address of a picture needs no key. */
    async download(address: string): Promise<{ contentType: string; body: Buffer }> {
      return attempt(address, {}, async (response) => ({
        contentType: response.headers.get('content-type') ?? '',
        body: Buffer.from(await response.arrayBuffer()),
      }));
    },
  };
}

/** An answer that another attempt would only repeat. */
class RefusedError extends Error {}
