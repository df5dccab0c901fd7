import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** No upload takes this long: whoever spooled such a file is gone. */
const MAX_AGE_MS = 6 * 3600 * 1000;

/** Removes uploads that a process which was killed has left behind. Returns how many. */
export async function sweepUploads(directory: string, maxAgeMs = MAX_AGE_MS): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  let removed = 0;
  for (const name of names) {
    if (!/^upload-[0-9a-f-]+\.csv$/.test(name)) continue;
    const path = join(directory, name);
    const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age < maxAgeMs) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}
