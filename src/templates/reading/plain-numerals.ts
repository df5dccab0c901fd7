/** The digits of other scripts than ours, which Unicode keeps in rows of ten. */
const NATIVE_DIGIT = /(?![0-9])\p{Nd}/gu;
const ANY_DIGIT = /\p{Nd}/u;
/** Marks of direction; Arabic and Hebrew sheets put them around signs and slashes. */
const DIRECTION = /[\u061c\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;
const MINUS = /[\u2010-\u2015\u2212\ufe63\uff0d]/g;
/** `，．／：（）－＋￥＄` as East Asian keyboards write them, and ours. */
const FULL_WIDTH = /[\uff01-\uff5e]/g;
const WIDE_SIGNS: Record<string, string> = { '\uffe1': '£', '\uffe5': '¥', '\uffe6': '₩' };
const SPACE = /[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+/g;

/** A digit's value: rows begin with a zero at which no digit stands before. */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  for (let value = 0; value < 9; value += 1) {
    if (!ANY_DIGIT.test(String.fromCodePoint(code - value - 1))) return value;
  }
  // Rows that follow each other without a gap, as those of mathematics do.
  return code >= 0x1d7ce && code <= 0x1d7ff ? (code - 0x1d7ce) % 10 : 9;
}

/**
 * A number or a date as ASCII writes it: digits of every script, full-width forms, the many hyphens
 * and spaces; marks of direction go. What else it holds stays. Digits of two scripts in one value
 * are left as they are, and so are no number: nobody writes that on purpose.
 */
export function plainNumerals(text: string): string {
  const plain = text
    .replaceAll(FULL_WIDTH, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0))
    .replaceAll(/[\uffe1\uffe5\uffe6]/g, (sign) => WIDE_SIGNS[sign] ?? sign)
    .replaceAll(DIRECTION, '')
    .replaceAll(MINUS, '-')
    .replaceAll(SPACE, ' ')
    // The comma that Arabic keyboards have.
    .replaceAll('\u060c', ',')
    .trim();
  const native = plain.match(NATIVE_DIGIT);
  if (!native) return plain;
  const rows = new Set(native.map((digit) => (digit.codePointAt(0) ?? 0) - digitValue(digit)));
  if (rows.size > 1 || /[0-9]/.test(plain)) return plain;
  return plain.replaceAll(NATIVE_DIGIT, (digit) => String(digitValue(digit)));
}
