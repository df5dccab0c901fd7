/** Offsets in bytes, both included. */
export interface ByteRange {
  start: number;
  end: number;
}

const SINGLE_RANGE = /^bytes=(\d*)-(\d*)$/;

/**
 * The one range that a `Range` header asks for, cut to the file. Undefined for several ranges, for
 * nonsense and for what lies outside the file: then the whole file is the answer, which RFC 9110
 * (14.2) allows, and a picture is always better than an error.
 */
export function parseByteRange(header: string, size: number): ByteRange | undefined {
  const match = SINGLE_RANGE.exec(header.trim());
  if (!match) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start <= end ? { start, end } : undefined;
}
