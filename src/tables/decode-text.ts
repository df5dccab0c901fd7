import { createReadStream } from 'node:fs';
import iconv from 'iconv-lite';

/** A label of the WHATWG Encoding Standard or another name that iconv knows, in small letters. */
export type TextEncoding = string;

export interface TextFile {
  path: string;
  encoding: TextEncoding;
  /** Length of the byte order mark, 0 without one. */
  bomBytes: number;
}

/** U+0080 to U+009F as Windows-1252 has them; the five that it leaves open stay control characters. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/**
 * Not by TextDecoder: under this label many versions of Node (from 20.18.3 on, among them 20.20)
 * decode Latin-1, which loses every curly quote, dash and euro sign.
 */
function decodeWindows1252(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[\u0080-\u009f]/g, (char) => WINDOWS_1252.charAt(char.charCodeAt(0) - 0x80));
}

/** Bytes as a whole. What the encoding does not have becomes U+FFFD. */
export function decodeBytes(bytes: Buffer, encoding: TextEncoding): string {
  if (encoding === 'windows-1252') return decodeWindows1252(bytes);
  return iconv.decode(bytes, encoding, { stripBOM: false });
}

/**
 * The text of a file as UTF-8, without its byte order mark, in pieces of some 64 KB. What the
 * encoding does not have becomes U+FFFD; but UTF-8 comes as it is.
 * @throws Error `ERR_ENCODING_INVALID_ENCODED_DATA` where UTF-16 is damaged
 */
export async function* readUtf8({ path, encoding, bomBytes }: TextFile): AsyncGenerator<Buffer> {
  const source: AsyncIterable<Buffer> = createReadStream(path, { start: bomBytes });
  switch (encoding) {
    case 'utf-8':
      yield* source;
      return;
    case 'windows-1252':
      for await (const chunk of source) yield Buffer.from(decodeWindows1252(chunk));
      return;
    case 'utf-16le':
    case 'utf-16be': {
      const decoder = new TextDecoder(encoding, { fatal: true });
      for await (const chunk of source) yield Buffer.from(decoder.decode(chunk, { stream: true }));
      yield Buffer.from(decoder.decode());
      return;
    }
    default: {
      const decoder = iconv.getDecoder(encoding, { stripBOM: false });
      for await (const chunk of source) yield Buffer.from(decoder.write(chunk));
      yield Buffer.from(decoder.end() ?? '');
    }
  }
}
