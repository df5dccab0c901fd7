import { domainToUnicode } from 'node:url';
import { assetFormats } from '../formats/image-formats.js';
import { parseUrl } from '../lib/parse-url.js';

export type ParsedAddress = { value: string; schemeAdded?: true } | { problem: string };

/** Pictures inside an address; larger ones belong at an address of their own. */
export const MAX_DATA_URL_CHARACTERS = 2_000_000;

/** What browsers show, and the name that JPEG is often given. */
const DATA_TYPES = [
  ...Object.values(assetFormats).flatMap((one) => (one.inBrowsers ? [one.mediaType] : [])),
  'image/jpg',
].map((type) => type.replace('+', '\\+'));
const DATA_ASSET = new RegExp(`^data:(${DATA_TYPES.join('|')})((?:;[a-z0-9=-]+)*),([ -~]+)$`, 'i');

const ASSET = /^asset:(?:\.?\/)?(?:assets\/)?(.+)$/i;

/** `example.com/path`: a name with a dot and letters at the end, as people write it in a sheet. */
const BARE_HOST =
  /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+\p{L}{2,}(?::\d+)?(?:[/?#].*)?$/u;

/** Spaces are usual in the names of picture files, and never part of an address that is read. */
function parseHttp(text: string, forbidden: RegExp): URL | { problem: string } {
  if (!/^https?:/i.test(text)) {
    return { problem: 'is not a full web address; write it with https://' };
  }
  // WHATWG parsing would take `https:example.com` and even `https:\\example.com`.
  if (!/^https?:\/\/[^/\\]/i.test(text) || forbidden.test(text)) {
    return { problem: 'is not a valid web address' };
  }
  const url = parseUrl(text);
  if (!url) return { problem: 'is not a valid web address' };
  if (url.username !== '' || url.password !== '') {
    return { problem: 'holds a user name or password; leave these out' };
  }
  return url;
}

/**
 * A web address as it may be shown: canonical, its host in the letters of its language.
 * `example.com` is read as `https://example.com/`.
 */
export function parseWebAddress(raw: string): ParsedAddress {
  const bare = BARE_HOST.test(raw);
  const url = parseHttp(bare ? `https://${raw}` : raw, /[\s\\<>"]/);
  if ('problem' in url) return url;
  const host = domainToUnicode(url.hostname) || url.hostname;
  const port = url.port === '' ? '' : `:${url.port}`;
  const value = `${url.protocol}//${host}${port}${url.pathname}${url.search}${url.hash}`;
  return bare ? { value, schemeAdded: true } : { value };
}

/** The address that a template's own picture has as a value: `asset:assets/portrait.jpg`. */
function assetValue(path: string): string {
  return `asset:${path}`;
}

/** The path of the template's own file that the value of an image field names, if it does. */
export function assetPathOf(value: string): string | undefined {
  return value.startsWith('asset:') ? value.slice('asset:'.length) : undefined;
}

/**
 * The address of a picture: http(s), `data:image/…`, or `asset:portrait.jpg` for a picture among
 * the template's own files (`templateAssets`, paths such as `assets/portrait.jpg`).
 */
export function parseAssetAddress(raw: string, templateAssets: ReadonlySet<string>): ParsedAddress {
  const asset = ASSET.exec(raw);
  if (asset?.[1]) {
    const path = `assets/${asset[1]}`;
    if (templateAssets.has(path)) return { value: assetValue(path) };
    return { problem: `names no picture in the template's folder "assets"` };
  }
  if (/^data:/i.test(raw)) {
    const data = DATA_ASSET.exec(raw);
    if (!data) return { problem: 'is not a data: address of a picture' };
    const [, type = '', parameters = '', body = ''] = data;
    const canonicalType = type.toLowerCase().replace('image/jpg', 'image/jpeg');
    return { value: `data:${canonicalType}${parameters.toLowerCase()},${body}` };
  }
  const url = parseHttp(raw, /[\\\n\r\t]/);
  if (!('problem' in url)) return { value: url.href };
  if (raw.startsWith('assets/')) {
    return {
      problem: `is not a full web address; a picture of the template is written asset:${raw.slice(7)}`,
    };
  }
  return url;
}
