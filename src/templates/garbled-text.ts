/*
 * Mojibake: text of UTF-8 that some program has read as a code page of one byte a letter, and that
 * comes as good UTF-8 since. `MÃ¼ller` was Müller.
 */

/** 0x80 to 0x9F in Windows-1252, but for the five that it leaves open. */
const HIGH_1252 = '€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ';
/** What a byte of 0x80 to 0xBF, of which UTF-8 has its further bytes, looks like as Windows-1252. */
const FURTHER = `[\\u0080-\\u00bf${HIGH_1252}]`;
/** Two bytes: accented letters of Latin, Greek, Cyrillic, and signs such as ©. */
const TWO_BYTES = new RegExp(`[\\u00c2-\\u00c5\\u00ce-\\u00d1](${FURTHER})`, 'g');
/** Curly quotes, dashes, the ellipsis, the bullet, the euro and the trademark. */
const MARKS = /â(?:€[\u0080-\u00bf“”‘’œž™¦¢˜\u009d]|‚¬|„¢)/;
/** Three bytes and more: Chinese, Japanese, Korean and Indic writing, emoji. */
const LONG = new RegExp(`(?:[\\u00e0-\\u00ed]${FURTHER}{2}|\\u00f0Ÿ${FURTHER}{2}){2}`);
const EMOJI = new RegExp(`\\u00f0Ÿ${FURTHER}{2}`);
/** Cyrillic of UTF-8 as Windows-1251: every other letter is Р or С. */
const CYRILLIC =
  /(?:[РС][\u00a0-\u00bb\u0402-\u040f\u0451-\u045f\u0490\u0491‚„…†‡€‰‹‘’“”•–—™›№]){3,}/;

/** Good text may have one of these behind a capital at the end of a word, as in «AMANHÃ». */
const CLOSING = /^[\u00a0»›”’“…–—]$/;

/** Whether text has what is left of letters after a wrong reading. */
export function isGarbled(text: string): boolean {
  if (text.includes('\ufffd')) return true;
  if (CYRILLIC.test(text) || MARKS.test(text) || LONG.test(text) || EMOJI.test(text)) return true;
  for (const match of text.matchAll(TWO_BYTES)) {
    const before = text.charAt(match.index - 1);
    const next = text.charAt(match.index + 2);
    // In the middle of a word no such mark stands, and no capital behind a small letter.
    if (!CLOSING.test(match[1] ?? '') || /\p{L}/u.test(next) || /\p{Ll}/u.test(before)) return true;
  }
  return false;
}
