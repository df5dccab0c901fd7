/** What a results.csv has behind the columns of its input. */
export const RESULT_COLUMNS = ['image_url', 'status', 'warnings'] as const;

/** Whether this is the header of a results.csv, and its cells are therefore guarded. */
export function isResultHeader(header: readonly string[]): boolean {
  const last = header.slice(-RESULT_COLUMNS.length).map((cell) => cell.trim());
  return RESULT_COLUMNS.every((name, index) => last[index] === name);
}
