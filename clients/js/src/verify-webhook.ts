import type { Batch, Image, Page } from './api-types.js';
import { type Bytes, base64, hmacSha256, utf8 } from './hmac.js';

/** Of a row of a batch with `item_webhooks`. */
interface RowFacts {
  batch_id?: string;
  /** From 1. */
  row?: number;
  ref?: string;
}

/** `page` stands there where the picture was drawn for a page. */
export type WebhookMessage =
  | { type: 'image.completed'; timestamp: string; data: Image & RowFacts & { page?: Page } }
  | {
      type: 'image.failed';
      timestamp: string;
      /** A row that cannot be drawn at all has no image: only status, warnings and error. */
      data: Partial<Image> & Pick<Image, 'warnings'> & RowFacts & { page?: Page };
    }
  | { type: 'batch.completed'; timestamp: string; data: Batch };

/** A message that is not to be believed: answer 400. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
}

export interface WebhookOptions {
  /** Default: 300, as https://www.standardwebhooks.com recommends. */
  toleranceSeconds?: number | undefined;
}

type GivenHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

function readHeader(headers: GivenHeaders, name: string): string {
  const isHeaders = typeof Headers !== 'undefined' && headers instanceof Headers;
  const value = isHeaders
    ? headers.get(name)
    : Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1];
  if (typeof value === 'string' && value !== '') return value;
  throw new WebhookError(`The header ${name} is missing.`);
}

/** `whsec_` is base64 of the key; anything else is the key itself, as docs/webhooks.md says. */
function secretKey(secret: string): Bytes {
  if (secret === '') throw new TypeError('secret: must not be empty');
  if (!secret.startsWith('whsec_')) return utf8(secret);
  try {
    const key = Uint8Array.from(atob(secret.slice('whsec_'.length)), (c) => c.charCodeAt(0));
    if (key.length > 0) return key;
  } catch {
    // Told below.
  }
  throw new TypeError('secret: what follows whsec_ must be base64');
}

function bytesOf(body: string | Uint8Array | ArrayBuffer): Bytes {
  if (typeof body === 'string') return utf8(body);
  if (body instanceof Uint8Array) return new Uint8Array(body);
  // Of another realm too, as test runners and some frameworks have it.
  if (Object.prototype.toString.call(body) === '[object ArrayBuffer]') return new Uint8Array(body);
  throw new TypeError('body: give the raw body, not one that was parsed: its bytes are signed');
}

/** Takes the same time wherever two texts of one length differ. */
function isSame(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i += 1) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

function assertFresh(stamp: string, toleranceSeconds: number): void {
  const age = Date.now() / 1_000 - Number(stamp);
  if (!/^\d{1,12}$/.test(stamp) || Math.abs(age) > toleranceSeconds) {
    throw new WebhookError('The message is too old, or the clock of this machine is wrong.');
  }
}

/**
 * What a webhook says, once its signature is verified. Remember `webhook-id`: a message can come
 * twice.
 * @param secrets `WEBHOOK_SECRET`, or several of which any may have signed
 * @param body exactly as it came
 * @throws WebhookError for a message that Cardpress did not send, or not lately
 */
export async function verifyWebhook(
  secrets: string | readonly string[],
  headers: GivenHeaders,
  body: string | Uint8Array | ArrayBuffer,
  { toleranceSeconds = 300 }: WebhookOptions = {},
): Promise<WebhookMessage> {
  const keys = [secrets].flat().map(secretKey);
  if (keys.length === 0) throw new TypeError('secrets: give at least one');
  const bytes = bytesOf(body);
  const id = readHeader(headers, 'webhook-id');
  const stamp = readHeader(headers, 'webhook-timestamp');
  const given = readHeader(headers, 'webhook-signature').split(' ');
  assertFresh(stamp, toleranceSeconds);
  const start = utf8(`${id}.${stamp}.`);
  const signed = new Uint8Array(start.length + bytes.length);
  signed.set(start);
  signed.set(bytes, start.length);
  let matches = false;
  for (const key of keys) {
    const expected = `v1,${base64(await hmacSha256(key, signed))}`;
    for (const one of given) if (isSame(one, expected)) matches = true;
  }
  if (!matches) throw new WebhookError('No signature matches: this is not from your Cardpress.');
  return JSON.parse(new TextDecoder().decode(bytes)) as WebhookMessage;
}
