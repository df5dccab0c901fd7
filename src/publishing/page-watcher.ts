/** Who is told when an image is settled: a page that wants it. Keys hold no spaces. */
const PATTERN = /^page (\S+)$/;

export const pageWatcher = (key: string) => `page ${key}`;

/** The key of the page that a watcher stands for; undefined for watchers of other kinds. */
export function readPageWatcher(watcher: string): string | undefined {
  return PATTERN.exec(watcher)?.[1];
}
