import iconv from 'iconv-lite';

/** A mark at the beginning of a file, by which programs know its encoding. */
export const BYTE_ORDER_MARK = '\ufeff';

/** Text in the encoding of a table; what it has no sign for becomes a question mark. */
export function encodeText(text: string, encoding: string): Buffer {
  return encoding === 'utf-8' ? Buffer.from(text) : iconv.encode(text, encoding);
}

/** Windows-1252 and other code pages have no such mark. */
export const hasMark = (encoding: string) => encoding.startsWith('utf-');
