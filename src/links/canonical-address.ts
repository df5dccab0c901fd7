/** A parsed address: its path and its parameters, decoded, by name. */
export interface CanonicalAddress {
  path: string;
  params: ReadonlyMap<string, string>;
}

/** Names of fields and options; ASCII, so that every language sorts them alike. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** From HTML that was escaped twice, or never unescaped: `&amp;title=`. */
export const ESCAPED_AMPERSAND = /^(?:amp;)+/;

/** Far more than a template has fields; an address with more is refused. */
const MAX_PARAMS = 500;

const RESERVED: readonly (readonly [string, string])[] = [...`!'()*`].map((sign) => [
  sign,
  `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
]);

/**
 * Percent-encodes per RFC 3986: all but letters, digits and `-._~`, with upper-case hex digits. An
 * unpaired surrogate, which is no character, becomes U+FFFD.
 */
export function encodePart(text: string): string {
  const escaped = encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD'));
  return RESERVED.reduce((whole, [sign, code]) => whole.replaceAll(sign, code), escaped);
}

/** Decodes as forms and `URLSearchParams` encode: `+` is a space. @throws URIError */
export const decodePart = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));

/**
 * The canonical address, which is what is signed: parameters sorted by name, each value encoded by
 * `encodePart`.
 */
export function canonicalAddress({ path, params }: CanonicalAddress): string {
  const pairs = [...params]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${encodePart(value)}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

/**
 * Parses an address as received, in any order and encoding of its parameters. Undefined if it is
 * ambiguous: a repeated or malformed name, a broken escape, bytes that are not UTF-8.
 */
export function readAddress(raw: string): CanonicalAddress | undefined {
  const mark = raw.indexOf('?');
  const query = mark < 0 ? '' : raw.slice(mark + 1);
  const params = new Map<string, string>();
  try {
    for (const pair of query.split('&')) {
      if (pair === '') continue;
      if (params.size === MAX_PARAMS) return undefined;
      const equals = pair.indexOf('=');
      const spelled = decodePart(equals < 0 ? pair : pair.slice(0, equals));
      const name = spelled.replace(ESCAPED_AMPERSAND, '');
      if (!NAME.test(name) || params.has(name)) return undefined;
      params.set(name, equals < 0 ? '' : decodePart(pair.slice(equals + 1)));
    }
    return { path: decodeURIComponent(mark < 0 ? raw : raw.slice(0, mark)), params };
  } catch {
    return undefined;
  }
}
