import type { Output } from './api-types.js';
import { cleanBaseUrl } from './base-url.js';
import { type Bytes, base64, hmacSha256, utf8 } from './hmac.js';
import { imageFormats } from './image-formats.js';

/** What an address can say of the file; `for` presets are resolved by `client.urls.create`. */
export type UrlOutput = Omit<Output, 'for'>;

export interface ImageUrlOptions {
  /** Where the pictures are served: the service's `PUBLIC_URL`. */
  baseUrl: string;
  template: string;
  /** Field → text, number, true, false, Date or list. null and undefined count as not given. */
  data: Record<string, unknown>;
  /** One of the template's sizes. Default: its default_size. */
  size?: string | undefined;
  output?: UrlOutput | undefined;
  /** From then on a card stands in. Default: never. Every other time gives another address. */
  expiresAt?: Date | undefined;
  /** The same, from now. */
  expiresInSeconds?: number | undefined;
  /** 64 hex digits, as `cardpress url --key` prints them. A secret: never in a browser. */
  signingKey: string;
}

/** As the service holds it: docs/signed-urls.md. */
const MAX_URL_LENGTH = 8_000;
const TEMPLATE = /^[a-z0-9][a-z0-9_-]{0,63}$/;
/** No field begins with `_`: those are options. */
const FIELD = /^[A-Za-z][A-Za-z0-9_]*$/;

function keyBytes(signingKey: string): Bytes {
  if (!/^[0-9a-f]{64}$/i.test(signingKey)) {
    throw new TypeError('signingKey: give the 64 hex digits that `cardpress url --key` prints');
  }
  const pairs = signingKey.match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

/** RFC 3986: all but letters, digits and `-._~`, with upper-case digits; half characters go. */
function escaped(text: string): string {
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd')).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function valueText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || Number.isFinite(value)) return String(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (Array.isArray(value)) return JSON.stringify(value);
  throw new TypeError(`data.${name}: must be a text, a number, true, false, a Date or a list`);
}

function wholeNumber(path: string, value: number, least: number, most: number): string {
  if (Number.isInteger(value) && value >= least && value <= most) return String(value);
  throw new TypeError(`${path}: must be a whole number between ${least} and ${most}`);
}

function expiry({ expiresAt, expiresInSeconds }: ImageUrlOptions): number | undefined {
  if (expiresAt !== undefined && expiresInSeconds !== undefined) {
    throw new TypeError('expiresAt, expiresInSeconds: give one of them');
  }
  const ms = expiresAt?.getTime() ?? Date.now() + (expiresInSeconds ?? Number.NaN) * 1_000;
  if (expiresAt === undefined && expiresInSeconds === undefined) return undefined;
  if (Number.isFinite(ms) && ms > 0) return Math.ceil(ms / 1_000);
  throw new TypeError('expiresAt: must be a time; expiresInSeconds: must be a number');
}

function outputParams(output: UrlOutput): [string, string][] {
  const { format = 'png', scale = 1, quality, max_bytes: maxBytes, ...unknown } = output;
  const [stray] = Object.keys(unknown);
  if (stray !== undefined) {
    throw new TypeError(`output.${stray}: cannot stand in an address; ask client.urls.create`);
  }
  if (!Object.hasOwn(imageFormats, format)) {
    throw new TypeError(`output.format: must be one of ${Object.keys(imageFormats).join(', ')}`);
  }
  const params: [string, string][] = [];
  // What the picture does not depend on would give it a second address.
  const shownScale = wholeNumber('output.scale', scale, 1, 3);
  if (scale !== 1) params.push(['_scale', shownScale]);
  if (quality !== undefined) {
    const shown = wholeNumber('output.quality', quality, 1, 100);
    if (imageFormats[format].hasQuality) params.push(['_quality', shown]);
  }
  if (maxBytes !== undefined) {
    params.push(['_max_bytes', wholeNumber('output.max_bytes', maxBytes, 1_000, 1e12 - 1)]);
  }
  return params;
}

function paramsOf(options: ImageUrlOptions): [string, string][] {
  const params = outputParams(options.output ?? {});
  for (const [name, value] of Object.entries(options.data)) {
    if (value === null || value === undefined) continue;
    if (!FIELD.test(name) || name === 'sig') {
      throw new TypeError(`data.${name}: a field of this name cannot stand in an address`);
    }
    params.push([name, valueText(name, value)]);
  }
  if (options.size !== undefined) params.push(['_size', options.size]);
  const end = expiry(options);
  if (end !== undefined) params.push(['_expires', String(end)]);
  return params;
}

/**
 * Signs the address of a picture, as `POST /v1/urls` does, without asking the service. The picture
 * is drawn when the address is first asked for; a template or field that does not exist shows then,
 * as another card. Equal options give the same address.
 * @throws TypeError for what cannot stand in an address
 */
export async function imageUrl(options: ImageUrlOptions): Promise<string> {
  const { template, output } = options;
  if (!TEMPLATE.test(template)) throw new TypeError('template: must be the id of a template');
  const base = cleanBaseUrl(options.baseUrl);
  const key = keyBytes(options.signingKey);
  const pairs = paramsOf(options)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${escaped(value)}`);
  const path = `/i/${template}.${imageFormats[output?.format ?? 'png'].extensions[0]}`;
  const address = pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
  const digest = base64(await hmacSha256(key, utf8(address)));
  const signature = digest.replaceAll('+', '-').replaceAll('/', '_').replace('=', '');
  const url = `${base}${address}${pairs.length === 0 ? '?' : '&'}sig=${signature}`;
  if (url.length > MAX_URL_LENGTH) {
    throw new TypeError(
      `data: makes an address of ${url.length} characters, at most ${MAX_URL_LENGTH} are safe; make the image with client.images.create and use its url`,
    );
  }
  return url;
}
