/** The watcher of an image for a batch row. */
export interface RowWatcher {
  batchId: string;
  row: number;
}

const PATTERN = /^row (bat-[a-z2-7]{26}) (\d+)$/;

export const rowWatcher = ({ batchId, row }: RowWatcher) => `row ${batchId} ${row}`;

/** The row of a watcher; undefined for other kinds of watchers. */
export function readRowWatcher(watcher: string): RowWatcher | undefined {
  const [, batchId, row] = PATTERN.exec(watcher) ?? [];
  return batchId && row ? { batchId, row: Number(row) } : undefined;
}
