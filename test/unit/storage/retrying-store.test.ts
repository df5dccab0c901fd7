import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import { createFileStore, type FileStore } from '../../../src/storage/file-store.js';
import { createRetryingStore } from '../../../src/storage/retrying-store.js';
import { until } from '../../support/until.js';

const KEY = 'article/ab/abcdefghijklmnopqrstuvwxyz234567.png';
const INFO = { contentType: 'image/png', attributes: {} };
const BODY = Buffer.from('pixels');
/** So long that a test which waits for it fails by its own time limit. */
const NEVER_MS = 3_600_000;

/** A full disk, and a wrong key: the same kind of failure, of which only one passes. */
const full = new AppError('storage_unavailable', { detail: 'It is full.', retryable: true });
const denied = new AppError('storage_unavailable', { detail: 'It is denied.', retryable: false });

let folder: string;
let files: FileStore;
/** What the next attempts meet; once it is empty the real store has its turn. */
let failures: unknown[];
let attempts: number;
let told: AppError[];
let ended: AbortController;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cp-patient-'));
  files = await createFileStore({
    directory: join(folder, 'images'),
    publicUrl: 'http://localhost:3000',
  });
  failures = [];
  attempts = 0;
  told = [];
  ended = new AbortController();
});
afterEach(async () => {
  ended.abort();
  await rm(folder, { recursive: true, force: true });
});

/** The real store, behind what a disk or a bucket may suffer. */
function retryingStore({ retryForMs = NEVER_MS, firstPauseMs = 1 } = {}) {
  const failing: FileStore = {
    ...files,
    async put(...args) {
      attempts += 1;
      const failure = failures.length > 1 ? failures.shift() : failures[0];
      if (failure !== undefined) throw failure;
      await files.put(...args);
    },
  };
  return createRetryingStore(failing, {
    retryForMs,
    firstPauseMs,
    ended: ended.signal,
    onWaiting: (error) => told.push(error),
  });
}

describe('a patient store', () => {
  it('puts at once where all is well', async () => {
    await retryingStore().put(KEY, BODY, INFO);
    expect((await files.get(KEY))?.body).toEqual(BODY);
    expect([attempts, told]).toEqual([1, []]);
  });

  it('waits for a store that comes back, and tells of it once', async () => {
    failures = [full, full, full, undefined];
    await retryingStore().put(KEY, BODY, INFO);
    expect((await files.get(KEY))?.body).toEqual(BODY);
    expect([attempts, told]).toEqual([4, [full]]);
  });

  it('gives up when its time is over, with what it met last', async () => {
    const later = new AppError('storage_unavailable', { detail: 'Still.', retryable: true });
    failures = [full, later];
    const put = retryingStore({ retryForMs: 100, firstPauseMs: 10 }).put(KEY, BODY, INFO);
    await expect(put).rejects.toBe(later);
    expect(attempts).toBeGreaterThan(1);
    expect(told).toEqual([full]);
    expect(await files.head(KEY)).toBeUndefined();
  });

  it('does not begin a pause that ends after its time', async () => {
    failures = [full];
    await expect(
      retryingStore({ retryForMs: 10, firstPauseMs: NEVER_MS }).put(KEY, BODY, INFO),
    ).rejects.toBe(full);
    expect(attempts).toBe(1);
  });

  it.each([
    ['that no waiting mends', denied],
    ['of another kind', new AppError('encode_failed', { detail: 'No.', retryable: true })],
    ['that nobody knows', new TypeError('a fault of ours')],
  ])('throws a failure %s at once', async (_what, failure) => {
    failures = [failure];
    await expect(retryingStore().put(KEY, BODY, INFO)).rejects.toBe(failure);
    expect([attempts, told]).toEqual([1, []]);
  });

  it('throws at once when waiting turns up what no waiting mends', async () => {
    failures = [full, denied];
    await expect(retryingStore().put(KEY, BODY, INFO)).rejects.toBe(denied);
    expect([attempts, told]).toEqual([2, [full]]);
  });

  it('waits no longer once its worker ends', async () => {
    failures = [full];
    const put = retryingStore({ firstPauseMs: 60_000, retryForMs: NEVER_MS }).put(KEY, BODY, INFO);
    await until(() => told.length === 1);
    ended.abort();
    await expect(put).rejects.toBe(full);
    await expect(retryingStore().put(KEY, BODY, INFO)).rejects.toBe(full);
    expect(attempts).toBe(3);
  });

  it('leaves everything but putting as it is', async () => {
    await files.put(KEY, BODY, INFO);
    const store = retryingStore();
    expect((await store.get(KEY))?.body).toEqual(BODY);
    expect(store.publicUrl(KEY)).toBe(files.publicUrl(KEY));
    await store.delete(KEY);
    expect(await store.head(KEY)).toBeUndefined();
  });
});
