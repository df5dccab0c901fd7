const BEYOND_BYTES = /[\u0100-\uffff]/;
const NOT_ASCII = /[\u0080-\u00ff]/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * An address as its sender meant it: Node gives each byte as one character, and what a program put
 * in without escaping it is UTF-8. Bytes that are none stay as they are, which is right for Latin-1.
 */
export function textOfRequest(raw: string): string {
  if (!NOT_ASCII.test(raw) || BEYOND_BYTES.test(raw)) return raw;
  try {
    return utf8.decode(Buffer.from(raw, 'latin1'));
  } catch {
    return raw;
  }
}
