import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { imageFormatNames, imageFormats } from '../../../src/formats/image-formats.js';
import { fromFileError } from '../../../src/storage/file-errors.js';
import { createFileStore, type FileStore } from '../../../src/storage/file-store.js';
import { appErrorOf, badKeys, collect, describeObjectStore, png } from './object-store-contract.js';

const key = 'og/ab/picture.png';

// More than the 32 names that one read of a folder gives.
describeObjectStore(
  'The file store',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cardpress-files-'));
    return {
      store: await createFileStore({ directory, publicUrl: 'https://cards.example.com/' }),
      publicBase: 'https://cards.example.com/images',
      stop: () => rm(directory, { recursive: true, force: true }),
    };
  },
  70,
);

describe('The file store', () => {
  let parent: string;
  let directory: string;
  let outside: string;
  let store: FileStore;
  const open = () => createFileStore({ directory, publicUrl: 'http://localhost:3000' });

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'cardpress-files-'));
    directory = join(parent, 'made', 'images');
    outside = join(parent, 'outside');
    await mkdir(outside);
    store = await open();
  });

  afterEach(() => rm(parent, { recursive: true, force: true }));

  it('keeps objects over a restart and for another process', async () => {
    await store.put(key, Buffer.from('kept'), png);
    const other = await open();
    expect((await other.get(key))?.body.toString()).toBe('kept');
    expect(await other.head(key)).toEqual(await store.head(key));
  });

  it('writes pictures that other programs can read', async () => {
    const make = sharp({ create: { width: 8, height: 4, channels: 3, background: '#123456' } });
    for (const format of imageFormatNames) {
      const { mediaType } = imageFormats[format];
      await store.put(`og/${format}.img`, await make.clone().toFormat(format).toBuffer(), png);
      const file = await readFile(join(directory, 'og', `${format}.img`));
      const picture = sharp(file, { failOn: 'warning' });
      expect(await picture.metadata()).toMatchObject({ mediaType, width: 8, height: 4 });
      expect((await picture.raw().toBuffer()).length).toBe(8 * 4 * 3);
    }
  });

  describe('after a crash', () => {
    it('removes what was being written, and leaves what another process writes now', async () => {
      const leftover = join(directory, '.tmp', 'leftover');
      const current = join(directory, '.tmp', 'current');
      await writeFile(leftover, 'half a pict');
      await writeFile(current, 'half a pict');
      const anHourAgo = new Date(Date.now() - 3_600_000);
      await utimes(leftover, anHourAgo, anHourAgo);
      expect(await collect(store.list())).toEqual([]);

      await open();
      expect(await readdir(join(directory, '.tmp'))).toEqual(['current']);
    });

    it.each([
      ['cut within its info', -1],
      ['cut within its body', -2000],
      ['emptied', Number.NEGATIVE_INFINITY],
    ])('counts a file as absent that is %s, and writes it anew', async (_, change) => {
      const path = join(directory, key);
      await store.put(key, randomBytes(5000), png);
      await truncate(path, Math.max(0, (await stat(path)).size + change));
      expect(await store.head(key)).toBeUndefined();
      expect(await store.get(key)).toBeUndefined();
      expect(await store.open(key)).toBeUndefined();
      expect(await collect(store.list())).toEqual([]);
      await store.put(key, Buffer.from('anew'), png);
      expect((await store.get(key))?.body.toString()).toBe('anew');
    });

    it('counts as absent what lost bytes of its body but kept its end', async () => {
      const path = join(directory, key);
      await store.put(key, randomBytes(5000), png);
      await writeFile(path, (await readFile(path)).subarray(100));
      expect(await store.head(key)).toBeUndefined();
      expect(await store.get(key)).toBeUndefined();
    });

    it('leaves no draft behind a write that failed', async () => {
      await mkdir(join(directory, key), { recursive: true }); // a folder where the file should be
      const error = await appErrorOf(store.put(key, Buffer.from('x'), png));
      expect(error.code).toBe('storage_unavailable');
      expect(await readdir(join(directory, '.tmp'))).toEqual([]);
    });
  });

  describe('with files that are not its own', () => {
    it('neither lists nor serves them', async () => {
      await mkdir(join(directory, 'og', 'ab'), { recursive: true });
      await writeFile(join(directory, key), 'put here by hand');
      await writeFile(join(directory, 'og', '.DS_Store'), 'x');
      await writeFile(join(directory, 'og', 'Readme.TXT'), 'x');
      execFileSync('mkfifo', [join(directory, 'og', 'ab', 'pipe.png')]);
      expect(await store.get(key)).toBeUndefined();
      expect(await store.get('og/ab/pipe.png')).toBeUndefined();
      expect(await collect(store.list())).toEqual([]);
    });
  });

  describe('with symbolic links', () => {
    beforeEach(async () => {
      const elsewhere = await createFileStore({ directory: outside, publicUrl: 'http://x' });
      await elsewhere.put('ab/picture.png', Buffer.from('secret'), png);
    });

    it('follows none out of its folder, by a folder or by a file', async () => {
      await symlink(outside, join(directory, 'og'));
      await mkdir(join(directory, 'card', 'ab'), { recursive: true });
      await symlink(join(outside, 'ab/picture.png'), join(directory, 'card/ab/picture.png'));
      for (const linked of [key, 'card/ab/picture.png']) {
        expect(await store.head(linked)).toBeUndefined();
        expect(await store.get(linked)).toBeUndefined();
        expect(await store.open(linked)).toBeUndefined();
      }
      expect(await collect(store.list())).toEqual([]);
    });

    it('neither writes nor deletes through one', async () => {
      await symlink(outside, join(directory, 'og'));
      const error = await appErrorOf(store.put('og/new/picture.png', Buffer.from('x'), png));
      expect(error).toMatchObject({ code: 'storage_unavailable', retryable: false });
      expect((await appErrorOf(store.put(key, Buffer.from('x'), png))).detail).toMatch(/link/);
      await store.delete(key);
      expect((await readdir(outside)).sort()).toEqual(['.tmp', 'ab']);
      expect(await readFile(join(outside, 'ab/picture.png'), 'utf8')).toMatch(/^secret/);
    });

    it('replaces a link at the place of a file, and leaves its target', async () => {
      await mkdir(join(directory, 'og', 'ab'), { recursive: true });
      await symlink(join(outside, 'ab/picture.png'), join(directory, key));
      await store.put(key, Buffer.from('own'), png);
      expect((await store.get(key))?.body.toString()).toBe('own');
      expect(await readFile(join(outside, 'ab/picture.png'), 'utf8')).toMatch(/^secret/);
    });

    it('accepts one as the storage folder itself', async () => {
      await symlink(outside, join(parent, 'linked'));
      const linked = await createFileStore({
        directory: join(parent, 'linked'),
        publicUrl: 'http://x',
      });
      expect((await linked.get('ab/picture.png'))?.body.toString()).toBe('secret');
      await linked.put(key, Buffer.from('x'), png);
      expect(await linked.head(key)).toBeDefined();
    });
  });

  describe('opened for serving', () => {
    it('streams the whole body or a part, never the info behind it', async () => {
      await store.put(key, Buffer.from('0123456789'), png);
      const read = async (range?: { start: number; end: number }) => {
        const opened = await store.open(key);
        try {
          return opened && (await buffer(opened.stream(range))).toString();
        } finally {
          await opened?.close();
        }
      };
      expect(await read()).toBe('0123456789');
      expect(await read({ start: 0, end: 0 })).toBe('0');
      expect(await read({ start: 3, end: 5 })).toBe('345');
      expect(await read({ start: 9, end: 9 })).toBe('9');
      for (const range of [
        { start: 5, end: 10 },
        { start: 10, end: 10 },
        { start: -1, end: 3 },
        { start: 5, end: 4 },
        { start: Number.NaN, end: 4 },
      ]) {
        await expect(read(range)).rejects.toThrow(RangeError);
      }
    });

    it('streams an empty body', async () => {
      await store.put(key, Buffer.alloc(0), png);
      const opened = await store.open(key);
      expect(opened && (await buffer(opened.stream())).length).toBe(0);
    });

    it('goes on with the object that was opened when it is replaced or deleted', async () => {
      const first = randomBytes(300_000);
      await store.put(key, first, png);
      const opened = await store.open(key);
      await store.put(key, Buffer.from('second'), png);
      await store.delete(key);
      expect(opened?.object.bytes).toBe(first.length);
      expect(opened && (await buffer(opened.stream())).equals(first)).toBe(true);
    });

    it('closes the file after a stream, a broken-off stream, and close', async () => {
      const path = join(directory, key);
      const openFiles = async () => {
        const { readlink } = await import('node:fs/promises');
        const fds = await readdir('/proc/self/fd');
        const targets = await Promise.all(
          fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
        );
        return targets.filter((target) => target === path).length;
      };
      await store.put(key, randomBytes(300_000), png);

      const closed = await store.open(key);
      expect(await openFiles()).toBe(1);
      await closed?.close();
      await closed?.close();
      expect(await openFiles()).toBe(0);

      const read = await store.open(key);
      if (read) await buffer(read.stream());
      const broken = await store.open(key);
      const stream = broken?.stream();
      await new Promise((resolve) => {
        stream?.once('data', () => stream.destroy()).once('close', resolve);
      });
      await store.head(key);
      await store.get(key);
      expect(await openFiles()).toBe(0);
    });

    it('refuses bad keys', async () => {
      for (const bad of badKeys) {
        expect((await appErrorOf(store.open(bad))).code).toBe('image_not_found');
      }
    });
  });

  describe('when the disk is not as it should be', () => {
    it('says so when its folder has gone, and does not write beside it', async () => {
      await rename(directory, join(parent, 'unmounted'));
      const error = await appErrorOf(store.put(key, Buffer.from('x'), png));
      expect(error).toMatchObject({ code: 'storage_unavailable', retryable: true });
      expect((await appErrorOf(store.probe())).detail).toMatch(/mount/);
      expect((await appErrorOf(collect(store.list()))).code).toBe('storage_unavailable');
      expect(await readdir(join(parent, 'made'))).toEqual([]);
    });

    it('says so when a file stands in the place of its folder', async () => {
      await writeFile(join(parent, 'file'), 'x');
      const error = await appErrorOf(
        createFileStore({ directory: join(parent, 'file', 'images'), publicUrl: 'http://x' }),
      );
      expect(error).toMatchObject({ code: 'storage_unavailable', retryable: false });
    });

    it('says so when the disk is full', async () => {
      // Every write to /dev/full fails with ENOSPC: the real error, from the real call.
      const full: unknown = await writeFile('/dev/full', 'x').catch((error) => error);
      expect(fromFileError(full)).toMatchObject({
        code: 'storage_unavailable',
        retryable: true,
        detail: expect.stringMatching(/full: free some space/),
      });
    });

    it('says so when it may not write', async () => {
      await store.put(key, Buffer.from('x'), png);
      await chmod(parent, 0o500);
      await chmod(join(directory, '.tmp'), 0o500);
      const isRoot = process.geteuid?.() === 0;
      if (isRoot) process.seteuid?.('nobody'); // no mode of a folder stops root
      const error = await appErrorOf(store.put(key, Buffer.from('y'), png)).finally(() => {
        if (isRoot) process.seteuid?.(0);
      });
      await chmod(join(directory, '.tmp'), 0o700);
      await chmod(parent, 0o700);
      expect(error).toMatchObject({ code: 'storage_unavailable', retryable: false });
      expect(error.detail).toMatch(/may not read and write/);
      expect((await store.get(key))?.body.toString()).toBe('x');
    });
  });
});
