/** What a results.csv has behind the columns of its input. */
export const RESULT_COLUMNS = ['image_url', 'status', 'warnings'] as const;

/** By which a column of the input is told from a result of the same name. */
const GIVEN = ' (given)';

const isResultName = (name: string) => RESULT_COLUMNS.some((one) => one === name);

/** The name of an input's column in a results.csv: never one of ours. */
export const givenName = (name: string) => (isResultName(name) ? `${name}${GIVEN}` : name);

/** The same the other way round, for a results.csv that comes back. */
export function nameAsGiven(name: string): string {
  const base = name.endsWith(GIVEN) ? name.slice(0, -GIVEN.length) : '';
  return isResultName(base) ? base : name;
}

/**
 * Where the results of earlier batches stand in a header: the index of each of their columns, in
 * order. A table without them was not written here.
 */
export function resultColumnsIn(header: readonly string[]): number[] {
  const names = header.map((cell) => cell.trim());
  const found: number[] = [];
  for (let at = 0; at + RESULT_COLUMNS.length <= names.length; at += 1) {
    if (!RESULT_COLUMNS.every((name, index) => names[at + index] === name)) continue;
    found.push(...RESULT_COLUMNS.map((_, index) => at + index));
    at += RESULT_COLUMNS.length - 1;
  }
  return found;
}
