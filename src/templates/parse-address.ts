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
/** As people and programs write them: wrapped at 76 characters, or with the text of an SVG as it is. */
const LOOSE_DATA_ASSET = new RegExp(
  `^data:\\s?(${DATA_TYPES.join('|')})\\s?((?:;\\s?[a-z0-9="'-]+)*)\\s?,`,
  'i',
);

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
  const isRelative = /^\/\/[^/\\]/.test(raw);
  const bare = isRelative || BARE_HOST.test(raw);
  const address = isRelative ? `https:${raw}` : bare ? `https://${raw}` : raw;
  const url = parseHttp(address, /[\s\\<>"]/);
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

function canonicalData(type: string, parameters: string, body: string): ParsedAddress {
  const canonicalType = type.toLowerCase().replace('image/jpg', 'image/jpeg');
  const value = `data:${canonicalType}${parameters.toLowerCase()},${body}`;
  if (value.length <= MAX_DATA_URL_CHARACTERS) return { value };
  return { problem: 'is too large; give larger pictures an address of their own' };
}

/** Canonical: base64 without white space, text as base64 where it is not plain ASCII already. */
function parseDataAddress(raw: string): ParsedAddress {
  const exact = DATA_ASSET.exec(raw);
  const exactIsBase64 = /;base64$/i.test(exact?.[2] ?? '');
  if (exact && !(exactIsBase64 && exact[3]?.includes(' '))) {
    return canonicalData(exact[1] ?? '', exact[2] ?? '', exact[3] ?? '');
  }
  const loose = LOOSE_DATA_ASSET.exec(raw);
  if (!loose) {
    const type = /^data:\s*([^;,\s]{1,60})/i.exec(raw)?.[1];
    if (!raw.includes(','))
      return { problem: 'has no comma, behind which the picture would stand' };
    if (type === undefined) return { problem: 'names no kind of picture, such as image/png' };
    return { problem: `is not a data: address of a picture: ${type} is not accepted` };
  }
  const [head = '', type = '', parameters = ''] = loose;
  const body = raw.slice(head.length);
  if (body.trim() === '') return { problem: 'ends before the picture' };
  if (/;\s?base64$/i.test(parameters)) {
    const base64 = body.replaceAll(/\s/g, '');
    const at = base64.search(/[^A-Za-z0-9+/_=%-]/);
    if (at === -1) return canonicalData(type, ';base64', base64);
    return { problem: `is not base64 from character ${at + 1} on` };
  }
  if (!/svg/i.test(type)) {
    return { problem: 'holds characters that a data: address cannot; write it as base64' };
  }
  // Escapes of bytes among unescaped letters: both are UTF-8 in what browsers read.
  const text = Buffer.from(unescapeBytes(body.trim())).toString('base64');
  return canonicalData(type, ';base64', text);
}

/** `%3C` as the byte that it stands for; any other `%` is one. */
function unescapeBytes(text: string): Buffer {
  const parts = text.split(/((?:%[0-9a-f]{2})+)/i);
  return Buffer.concat(
    parts.map((part, i) =>
      i % 2 === 1 ? Buffer.from(part.replaceAll('%', ''), 'hex') : Buffer.from(part, 'utf8'),
    ),
  );
}

/**
 * The address of a picture: http(s), `//host/…`, `data:image/…`, or `asset:portrait.jpg` for a picture among
 * the template's own files (`templateAssets`, paths such as `assets/portrait.jpg`).
 */
export function parseAssetAddress(raw: string, templateAssets: ReadonlySet<string>): ParsedAddress {
  const asset = ASSET.exec(raw);
  if (asset?.[1]) {
    const path = `assets/${asset[1]}`;
    if (templateAssets.has(path)) return { value: assetValue(path) };
    return { problem: `names no picture in the template's folder "assets"` };
  }
  if (/^data:/i.test(raw)) return parseDataAddress(raw);
  // As a page writes it that takes the scheme of its own address.
  if (/^\/\/[^/\\]/.test(raw)) {
    const url = parseHttp(`https:${raw}`, /[\\\n\r\t]/);
    return 'problem' in url ? url : { value: url.href, schemeAdded: true };
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
