/** Well below what file systems (255 bytes) and a path in Windows (260 characters) allow. */
const MAX_STEM_BYTES = 100;

/** Separators, what Windows forbids, control and invisible characters, and what turns text around. */
const FORBIDDEN = /[/\\:*?"<>|\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;

/** Devices of Windows, with any ending. */
const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

function cutToBytes(text: string, maxBytes: number): string {
  let bytes = 0;
  let cut = '';
  for (const char of text) {
    bytes += Buffer.byteLength(char);
    if (bytes > maxBytes) return cut;
    cut += char;
  }
  return cut;
}

/** Neither begins nor ends with a dot or a space: hidden here, dropped by Windows there. */
function trimmed(text: string): string {
  return text.replaceAll(/^[\s.]+|[\s.]+$/g, '');
}

function safeStem(wanted: string): string {
  // What is cut off anyway need not be cleaned.
  const head = wanted.slice(0, 4 * MAX_STEM_BYTES);
  const clean = head.normalize('NFC').replaceAll(/\s+/g, ' ').replaceAll(FORBIDDEN, '-');
  const stem = trimmed(cutToBytes(trimmed(clean), MAX_STEM_BYTES));
  if (stem === '' || /^-+$/.test(stem)) return 'image';
  return RESERVED.test(stem) ? `_${stem}` : stem;
}

/**
 * A file name for an archive, near to what is wanted and valid on every system: no path, no control
 * characters, no device of Windows, at most some 115 bytes, and unlike all names before it, case
 * apart (`card.png`, `card-2.png`).
 * @param ext without dot, or '' for none
 * @param taken of this archive: names in lower case → the last number given; is added to
 */
export function entryName(wanted: string, ext: string, taken: Map<string, number>): string {
  const stem = safeStem(wanted);
  const ending = ext === '' ? '' : `.${ext}`;
  const first = `${stem}${ending}`;
  let name = first;
  let number = taken.get(first.toLowerCase()) ?? 1;
  while (taken.has(name.toLowerCase())) {
    number += 1;
    name = `${stem}-${number}${ending}`;
  }
  taken.set(name.toLowerCase(), 1);
  taken.set(first.toLowerCase(), number);
  return name;
}
