/** Beyond it a double no longer tells neighbours apart; no picture needs such a number. */
const MAX_NUMBER = 1e15;

export type ParsedNumber = { value: number } | { problem: string };

const AMBIGUOUS = 'can be read in two ways';

function inRange(value: number): ParsedNumber {
  if (!Number.isFinite(value)) return { problem: 'is not a finite number' };
  if (Math.abs(value) > MAX_NUMBER) return { problem: 'is too large' };
  // -0 and 0 are one number and must have one name.
  return { value: value === 0 ? 0 : value };
}

/** Digits with marks between them, already without sign and currency. */
function parseGrouped(text: string): ParsedNumber {
  if (/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return inRange(Number(text));
  // 1 234,50 · 1'234.50 · 1_234
  const spaced = /^(\d{1,3}(?:[ \u00a0\u202f\u2009'’_]\d{3})+)([.,]\d+)?$/.exec(text);
  if (spaced?.[1]) {
    const decimals = (spaced[2] ?? '').replace(',', '.');
    return inRange(Number(spaced[1].replaceAll(/\D/g, '') + decimals));
  }
  // 1,234.50 and 1,234,567 — 1.234,50 and 1.234.567
  if (/^\d{1,3}(,\d{3})+\.\d+$/.test(text) || /^\d{1,3}(,\d{3}){2,}$/.test(text)) {
    return inRange(Number(text.replaceAll(',', '')));
  }
  if (/^\d{1,3}(\.\d{3})+,\d+$/.test(text) || /^\d{1,3}(\.\d{3}){2,}$/.test(text)) {
    return inRange(Number(text.replaceAll('.', '').replace(',', '.')));
  }
  // 12,5 is a decimal comma; 1,234 may be a thousand or a little more than one. 0,500 cannot.
  if (/^\d+,\d+$/.test(text)) {
    if (/^[1-9]\d{0,2},\d{3}$/.test(text)) return { problem: AMBIGUOUS };
    return inRange(Number(text.replace(',', '.')));
  }
  return { problem: 'is not a number' };
}

/**
 * A number from JSON or from a cell of text. Text may hold a sign, one currency sign before or
 * after, grouped thousands and a decimal point or comma; what can be read in two ways is refused.
 */
export function parseNumber(raw: number | string): ParsedNumber {
  if (typeof raw === 'number') return inRange(raw);
  const text = raw.trim().replace(/^[\u2212\u2013]/, '-');
  const match = /^([+-]?)\s*\p{Sc}?\s*([+-]?)(.+?)\s*\p{Sc}?$/u.exec(text);
  const [, before = '', after = '', digits = ''] = match ?? [];
  if (before !== '' && after !== '') return { problem: 'is not a number' };
  const parsed = parseGrouped(digits);
  if ('problem' in parsed) return parsed;
  return before === '-' || after === '-' ? inRange(-parsed.value) : parsed;
}
