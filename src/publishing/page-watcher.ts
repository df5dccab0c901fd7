/** The watcher of an image for a page that wants it. Keys contain no spaces. */
const PATTERN = /^page (\S+)$/;

export const pageWatcher = (key: string) => `page ${key}`;

/** The page key of a watcher; undefined for other kinds of watchers. */
export function readPageWatcher(watcher: string): string | undefined {
  return PATTERN.exec(watcher)?.[1];
}
