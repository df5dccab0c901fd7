import { randomBytes } from 'node:crypto';
import { AppError } from '../errors/app-error.js';
import type { ObjectStore } from '../images/ports.js';

/**
 * Writes, reads and deletes an object of 32 bytes under a unique name, so that several processes
 * can probe at once.
 * @throws AppError `storage_unavailable`
 */
export async function probeStore(store: Omit<ObjectStore, 'probe'>): Promise<void> {
  const key = `cardpress-probe/${randomBytes(16).toString('hex')}.bin`;
  const body = randomBytes(32);
  await store.put(key, body, { contentType: 'application/octet-stream', attributes: {} });
  try {
    const found = await store.get(key);
    if (!found?.body.equals(body)) {
      throw new AppError('storage_unavailable', {
        detail:
          'The storage took an object and did not give the same back: it must be read-after-write consistent.',
      });
    }
  } finally {
    await store.delete(key);
  }
}
