import { expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import type { Deletion } from '../../../src/images/ports.js';
import { createImageMemory } from '../../../src/links/image-memory.js';
import { createReadStored } from '../../../src/links/read-stored.js';

const ID = 'a'.repeat(32);
const KEY = `note/aa/${ID}.png`;

/** A storage that had the picture, and does not answer any more. */
function world(deletionOf: (id: string) => Promise<Deletion | undefined>) {
  let isAway = false;
  const readStored = createReadStored({
    store: {
      async get(key) {
        if (isAway) throw new AppError('storage_unavailable', { detail: 'away' });
        const info = { contentType: 'image/png', attributes: {} };
        const object = { key, bytes: 1, etag: 'e', modifiedAt: new Date(0), info };
        return { object, body: Buffer.from('x') };
      },
    },
    memory: createImageMemory({ maxBytes: 1_000, freshMs: 0 }),
    deletionOf,
  });
  return {
    readStored,
    fail() {
      isAway = true;
    },
  };
}

it('shows what memory holds while the storage is away, and Redis too', async () => {
  for (const deletionOf of [
    async () => undefined,
    () => Promise.reject(new Error('away')),
    () => new Promise<undefined>(() => undefined),
  ]) {
    const { readStored, fail } = world(deletionOf);
    await readStored(KEY);
    fail();
    expect((await readStored(KEY))?.body.toString()).toBe('x');
  }
});

it('but not what was deleted since', async () => {
  const asked: string[] = [];
  const { readStored, fail } = world(async (id) => {
    asked.push(id);
    return { key: KEY, at: '2026-11-22T08:00:00.000Z' };
  });
  await readStored(KEY);
  fail();
  for (const _ of [1, 2]) {
    await expect(readStored(KEY)).rejects.toMatchObject({ code: 'storage_unavailable' });
  }
  expect(asked).toEqual([ID]);
});
