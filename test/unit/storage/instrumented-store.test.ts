import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { failureKind } from '../../../src/storage/failure-kind.js';
import { createFileStore, type FileStore } from '../../../src/storage/file-store.js';
import { instrumentStore } from '../../../src/storage/instrumented-store.js';

const KEY = 'article/ab/abcdefghijklmnopqrstuvwxyz234567.png';

let folder: string;
let store: FileStore;
let told: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cp-watch-'));
  told = [];
  const files = await createFileStore({
    directory: join(folder, 'images'),
    publicUrl: 'http://localhost:3000',
  });
  store = instrumentStore(files, (operation, kind) => told.push(`${operation} ${kind}`));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a watched store', () => {
  it('does what it did, and says nothing while all is well', async () => {
    await store.probe();
    expect(await store.head(KEY)).toBeUndefined();
    expect(await store.get(KEY)).toBeUndefined();
    await store.delete(KEY);
    for await (const object of store.list()) throw new Error(`${object.key} is not there`);
    expect(store.publicUrl(KEY)).toBe(`http://localhost:3000/images/${KEY}`);
    expect(await store.open(KEY)).toBeUndefined();
    expect(told).toEqual([]);
  });

  it('tells what failed and why, and throws it on', async () => {
    await rm(join(folder, 'images'), { recursive: true });
    await writeFile(join(folder, 'images'), 'a file where the folder was');
    await expect(store.probe()).rejects.toMatchObject({ code: 'storage_unavailable' });
    const info = { contentType: 'image/png', attributes: {} };
    const put = store.put(KEY, Buffer.from('x'), info);
    await expect(put).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(told).toEqual(['probe missing', 'put missing']);
  });
});

describe('the kind of a failure', () => {
  const ofSystem = (code: string) => Object.assign(new Error(code), { errno: -1, code });
  const ofS3 = (name: string, httpStatusCode?: number) =>
    Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });

  it.each([
    ['a full disk', ofSystem('ENOSPC'), 'full'],
    ['a read-only disk', ofSystem('EROFS'), 'read_only'],
    ['a server that is not there', ofSystem('ECONNREFUSED'), 'unreachable'],
    ['a bucket that asks for less', ofS3('SlowDown', 503), 'slow_down'],
    ['a bucket that is not there', ofS3('NoSuchBucket', 404), 'missing'],
    ['a fault of the server', ofS3('InternalError', 500), 'server_fault'],
    ['credentials that do not fit', ofS3('Whatever', 403), 'denied'],
    ['an answer that did not come', ofS3('TimeoutError'), 'timeout'],
    ['a name that a server made up', ofS3('<script>', 418), 'other'],
    ['nothing at all', undefined, 'other'],
  ])('is one of a few words: %s', (_, cause, kind) => {
    expect(failureKind(cause)).toBe(kind);
  });
});
