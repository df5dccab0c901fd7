/** What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection; CVE-2021-41270). */
const FORMULA_START = /^[=+\-@\t\r\n＝＋－＠]/;

/** With or without groups of thousands, decimals after a point or a comma, an exponent, a percent sign. */
const NUMBER =
  /^[+-]?(?:\d{1,3}(?:[ '.,\u00a0\u202f]\d{3})+|\d+)?(?:(?<=\d)|(?=[.,]\d))(?:[.,]\d+)?(?:e[+-]?\d+)?%?$/i;

/**
 * A cell that no spreadsheet takes for a formula: what begins like one gets a leading `'`. Plain
 * numbers such as -12.5 stay as they are.
 */
export function formulaSafe(cell: string): string {
  return FORMULA_START.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell;
}
