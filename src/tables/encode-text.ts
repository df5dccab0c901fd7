import { type TextEncoding, WINDOWS_1252 } from './decode-text.js';

/** A mark at the beginning of a file, by which programs know its encoding. */
export const BYTE_ORDER_MARK = '\ufeff';

const UNKNOWN = 0x3f;
const FIRST_OWN = 0x80;

function encodeWindows1252(text: string): Buffer {
  const codes = Array.from(text, (char) => {
    const own = char < '\u0080' ? -1 : WINDOWS_1252.indexOf(char);
    if (own >= 0) return FIRST_OWN + own;
    const code = char.codePointAt(0) ?? UNKNOWN;
    return code < FIRST_OWN || (code > 0x9f && code < 0x100) ? code : UNKNOWN;
  });
  return Buffer.from(codes);
}

/** Text in the encoding of a table; what it has no sign for becomes a question mark. */
export function encodeText(text: string, encoding: TextEncoding): Buffer {
  switch (encoding) {
    case 'utf-16le':
      return Buffer.from(text, 'utf16le');
    case 'utf-16be':
      return Buffer.from(text, 'utf16le').swap16();
    case 'windows-1252':
      return encodeWindows1252(text);
    default:
      return Buffer.from(text);
  }
}

/** Windows-1252 and other code pages have no such mark. */
export const hasMark = (encoding: TextEncoding) => encoding.startsWith('utf-');
