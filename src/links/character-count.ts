const graphemes = new Intl.Segmenter();

/**
 * Counts ASCII characters, which need no segmentation: each is a character of its own. Stops at
 * `enough`.
 */
function asciiOf(text: string, enough: number): number {
  let count = 0;
  for (let at = 0; at < text.length && count < enough; at += 1) {
    if (text.charCodeAt(at) < 0x80) count += 1;
  }
  return count;
}

/**
 * Whether a text has at most `max` characters as readers count them (grapheme clusters). `counted`
 * is the number of clusters that had to be segmented. Stops as soon as there are more than `max`.
 */
export function countsAtMost(text: string, max: number): { fits: boolean; counted: number } {
  if (asciiOf(text, max + 1) > max) return { fits: false, counted: 0 };
  let counted = 0;
  for (const _ of graphemes.segment(text)) {
    counted += 1;
    if (counted > max) return { fits: false, counted };
  }
  return { fits: true, counted };
}
