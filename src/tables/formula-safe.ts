/*
 * Cells that no spreadsheet takes for a formula (OWASP, CSV injection; CVE-2021-41270). A program
 * whose list separator is `;` or the tab splits a file at these whatever it says of itself, and
 * knows our quotes only where they begin one of its own cells: so what begins like a formula behind
 * such a character, or on a further line, is as dangerous as what begins the cell.
 */

/** Where some reader lets a further cell or row begin. The comma is no such place: cells are quoted. */
const SEPARATOR = ';\\t\\r\\n\\v\\f\\u001c-\\u001e\\u0085\\u2028\\u2029';
/** What readers trim or do not show, and the quotes that they take for their own. */
const SKIPPED =
  '["＂\\u0000-\\u0008\\u000e-\\u001b\\u001f \\u007f-\\u0084\\u0086-\\u00a0\\u00ad\\u034f\\u061c\\u1680\\u180e\\u2000-\\u200f\\u202a-\\u202f\\u205f-\\u206f\\u3000\\ufe00-\\ufe0f\\ufeff]*';
const FORMULA = '[=+\\-@＝＋－＠]';

/** A formula at the beginning of a cell or behind a separator, with all up to the next separator. */
const FORMULAS = new RegExp(`(^|[${SEPARATOR}])(?=${SKIPPED}${FORMULA})([^${SEPARATOR}]*)`, 'g');
/** The same, guarded. */
const GUARDED = new RegExp(`(^|[${SEPARATOR}])'(?=${SKIPPED}${FORMULA})([^${SEPARATOR}]*)`, 'g');
/** Readers trim these at the beginning of a cell, and then look at what is left. */
const BLANK_START = /^[\t\r\n]/;
const GUARDED_BLANK = /^'(?=[\t\r\n])/;

/** With or without groups of thousands, decimals after a point or a comma, an exponent, a percent sign. */
const NUMBER =
  /^[+-]?(?:\d{1,3}(?:[ '.,\u00a0\u202f]\d{3})+|\d+)?(?:(?<=\d)|(?=[.,]\d))(?:[.,]\d+)?(?:e[+-]?\d+)?%?$/i;

/** Longer than any number; the pattern above need not look at more. */
const MAX_NUMBER_LENGTH = 100;

const isNumber = (text: string) => text.length <= MAX_NUMBER_LENGTH && NUMBER.test(text);

/**
 * The text with an apostrophe before whatever a spreadsheet would run, wherever it is split. Plain
 * numbers such as -12.5 stay as they are, and so does what has an apostrophe already.
 */
export function formulaSafe(cell: string): string {
  const safe = cell.replace(FORMULAS, (whole, before: string, rest: string) =>
    isNumber(rest.trim()) ? whole : `${before}'${rest}`,
  );
  return BLANK_START.test(safe) ? `'${safe}` : safe;
}

/**
 * The text as it was before `formulaSafe`, for a table that is known to be made with it. An
 * apostrophe that stood before a formula from the start goes, too: nothing tells it from ours.
 */
export function withoutGuards(cell: string): string {
  return cell
    .replace(GUARDED_BLANK, '')
    .replace(GUARDED, (whole, before: string, rest: string) =>
      isNumber(rest.trim()) ? whole : before + rest,
    );
}
