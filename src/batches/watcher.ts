/** Who is told when an image is settled: a row of a batch. */
export interface RowWatcher {
  batchId: string;
  row: number;
}

const PATTERN = /^row (bat-[a-z2-7]{26}) (\d+)$/;

export const rowWatcher = ({ batchId, row }: RowWatcher) => `row ${batchId} ${row}`;

/** The row that a watcher stands for; undefined for watchers of other kinds. */
export function readRowWatcher(watcher: string): RowWatcher | undefined {
  const [, batchId, row] = PATTERN.exec(watcher) ?? [];
  return batchId && row ? { batchId, row: Number(row) } : undefined;
}
