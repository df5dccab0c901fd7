/** One address, read: its path and its parameters, decoded, by name. */
export interface Address {
  path: string;
  params: ReadonlyMap<string, string>;
}

/** As fields and options are named; ASCII, so that every language sorts them alike. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * RFC 3986: all but letters, digits and `-._~` is escaped, with upper-case hex digits. Half a
 * surrogate pair, which is no character, becomes U+FFFD.
 */
export function encodePart(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD')).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** As forms and `URLSearchParams` write too: `+` is a space. @throws URIError */
export const decodePart = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));

/**
 * The one spelling of an address that is signed: parameters sorted by name, each value escaped as
 * `encodePart` does.
 */
export function canonicalAddress({ path, params }: Address): string {
  const pairs = [...params]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${encodePart(value)}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

/**
 * Reads an address as it came, whatever the order and the escaping of its parts. Undefined where it
 * has no one meaning: a name given twice or of a wrong form, a broken escape, bytes that are no
 * UTF-8.
 */
export function readAddress(raw: string): Address | undefined {
  const mark = raw.indexOf('?');
  const query = mark < 0 ? '' : raw.slice(mark + 1);
  const params = new Map<string, string>();
  try {
    for (const pair of query.split('&')) {
      if (pair === '') continue;
      const equals = pair.indexOf('=');
      const name = decodePart(equals < 0 ? pair : pair.slice(0, equals));
      if (!NAME.test(name) || params.has(name)) return undefined;
      params.set(name, equals < 0 ? '' : decodePart(pair.slice(equals + 1)));
    }
    return { path: decodeURIComponent(mark < 0 ? raw : raw.slice(0, mark)), params };
  } catch {
    return undefined;
  }
}
