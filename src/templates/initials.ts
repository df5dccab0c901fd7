const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function firstLetter(word: string): string {
  for (const { segment } of graphemes.segment(word)) {
    if (/[\p{L}\p{N}]/u.test(segment)) return segment;
  }
  return '';
}

/** At most two initials of a name: of its first and its last word. "Anna van der Berg" → "AB". */
export function initialsOf(name: string): string {
  const letters = name.split(/\s+/).map(firstLetter).filter(Boolean);
  const [first = ''] = letters;
  const last = letters.length > 1 ? (letters.at(-1) ?? '') : '';
  return (first + last).toUpperCase();
}
