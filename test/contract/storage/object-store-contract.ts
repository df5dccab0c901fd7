import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import { extensionOf, imageFormatNames, imageFormats } from '../../../src/formats/image-formats.js';
import type { ObjectInfo } from '../../../src/images/image.js';
import type { ObjectStore, StoredObject } from '../../../src/images/ports.js';

export interface StoreUnderTest {
  store: ObjectStore;
  /** What `publicUrl` must put before `/<key>`. */
  publicBase: string;
  /** Ends what `open` started; the suite closes the store itself. */
  stop(): Promise<void>;
}

export const png: ObjectInfo = { contentType: 'image/png', attributes: { 'cardpress-id': 'abc' } };

/** Awaits a rejection and returns it as the AppError that every failure of a store must be. */
export async function appErrorOf(work: Promise<unknown>): Promise<AppError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(AppError);
  return thrown as AppError;
}

export async function collect(objects: AsyncIterable<StoredObject>): Promise<StoredObject[]> {
  const all: StoredObject[] = [];
  for await (const object of objects) all.push(object);
  return all;
}

export const badKeys = [
  '',
  '.',
  '..',
  '../secret.png',
  'og/../../secret.png',
  'og/..',
  '/etc/passwd.png',
  'og//a.png',
  'og/a',
  'og/.hidden.png',
  'og/a.tar.gz',
  'og\\a.png',
  'og/a\0.png',
  'og/a.png\n',
  'og/a.png/',
  'og/A.png',
  'og/é.png',
  'og/%2e%2e/a.png',
  'og/a b.png',
  '-og/a.png',
  `og/${'a'.repeat(201)}.png`,
  `${'a/'.repeat(300)}a.png`,
];

/**
 * What every ObjectStore must do.
 * @param listedKeys how many keys prove that listing goes on after the first page or buffer
 */
export function describeObjectStore(
  name: string,
  open: () => Promise<StoreUnderTest>,
  listedKeys: number,
): void {
  describe(`${name} keeps the contract of ObjectStore`, () => {
    let under: StoreUnderTest;
    let store: ObjectStore;
    let count = 0;

    /** A key in a folder that no other test uses. */
    const freshKey = () => {
      count += 1;
      return `contract-${count}/aa/picture.png`;
    };

    beforeAll(async () => {
      under = await open();
      store = under.store;
    });

    afterAll(async () => {
      await under?.store.close();
      await under?.stop();
    });

    it('gives back what was put: bytes, type, attributes, hash and time', async () => {
      const key = freshKey();
      const body = randomBytes(1000);
      const info: ObjectInfo = {
        contentType: 'image/webp',
        attributes: { 'cardpress-id': 'abc', 'cardpress-size': 'og 1200x630' },
      };
      const before = Date.now();
      await store.put(key, body, info);

      const found = await store.get(key);
      expect(found?.body.equals(body)).toBe(true);
      expect(found?.object).toMatchObject({ key, bytes: 1000, info });
      expect(found?.object.etag).toBe(createHash('sha256').update(body).digest('hex'));
      // S3 counts time in whole seconds.
      expect(found?.object.modifiedAt.getTime()).toBeGreaterThanOrEqual(before - 1000);
      expect(found?.object.modifiedAt.getTime()).toBeLessThanOrEqual(Date.now() + 1000);
      expect(await store.head(key)).toEqual(found?.object);
    });

    it('keeps images of every format under their extension, with their media type', async () => {
      const stem = freshKey().replace('.png', '');
      const kept = imageFormatNames.map((format) => ({
        key: `${stem}.${extensionOf(format)}`,
        type: imageFormats[format].mediaType,
      }));
      for (const { key, type } of kept) {
        await store.put(key, Buffer.from(type), { contentType: type, attributes: {} });
      }
      const listed = await collect(store.list(stem));
      const seen = listed.map(({ key, info }) => ({ key, type: info.contentType }));
      expect(seen.sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual(
        kept.sort((a, b) => (a.key < b.key ? -1 : 1)),
      );
    });

    it('finds nothing under a key that was never put', async () => {
      const key = freshKey();
      expect(await store.head(key)).toBeUndefined();
      expect(await store.get(key)).toBeUndefined();
      await store.put(key, Buffer.from('x'), png);
      // Its folder exists now.
      expect(await store.head(key.replace('picture', 'other'))).toBeUndefined();
      expect(await store.get(key.replace('picture', 'other'))).toBeUndefined();
    });

    it('overwrites body and info together', async () => {
      const key = freshKey();
      await store.put(key, Buffer.from('the first, longer body'), png);
      const info: ObjectInfo = { contentType: 'image/jpeg', attributes: { second: 'yes' } };
      await store.put(key, Buffer.from('second'), info);
      const found = await store.get(key);
      expect(found?.body.toString()).toBe('second');
      expect(found?.object).toMatchObject({ bytes: 6 });
      expect(found?.object.info).toEqual(info);
    });

    it('has one etag for the same bytes, whatever their key and info, and another for others', async () => {
      const [a, b, c] = [freshKey(), freshKey(), freshKey()];
      await store.put(a, Buffer.from('same'), png);
      await store.put(b, Buffer.from('same'), { contentType: 'image/jpeg', attributes: {} });
      await store.put(c, Buffer.from('other'), png);
      const etags = await Promise.all([a, b, c].map(async (key) => (await store.head(key))?.etag));
      expect(etags[0]).toMatch(/^[^"]+$/);
      expect(etags[1]).toBe(etags[0]);
      expect(etags[2]).not.toBe(etags[0]);
    });

    it('deletes, and deletes again without complaint', async () => {
      const key = freshKey();
      await store.put(key, Buffer.from('x'), png);
      await store.delete(key);
      expect(await store.head(key)).toBeUndefined();
      expect(await store.get(key)).toBeUndefined();
      await store.delete(key);
      await store.delete('never/was/there.png');
    });

    it('lists every key once, past the first page, with head and info', async () => {
      const folder = freshKey().replace('picture.png', '');
      const keys = Array.from({ length: listedKeys }, (_, n) => `${folder}p${n}.png`);
      for (const key of keys) await store.put(key, Buffer.from(key), png);

      const listed = await collect(store.list(folder));
      expect(listed.map((object) => object.key).sort()).toEqual([...keys].sort());
      const first = listed.find((object) => object.key === keys[0]);
      expect(first).toEqual(await store.head(String(keys[0])));
      expect(first?.info).toEqual(png);
    });

    it('takes a prefix as text, not as a folder', async () => {
      const [near, far, other] = ['prefix/aa/x.png', 'prefix/ab/x.png', 'prefix-b/aa/x.png'];
      for (const key of [near, far, other]) await store.put(key, Buffer.from('x'), png);
      const keysOf = async (prefix?: string) =>
        (await collect(store.list(prefix))).map((object) => object.key).sort();
      expect(await keysOf('prefix/')).toEqual([near, far]);
      expect(await keysOf('prefix/aa/x')).toEqual([near]);
      expect(await keysOf('prefix/a')).toEqual([near, far]);
      expect(await keysOf('prefix')).toEqual([other, near, far]);
      expect(await keysOf('prefix/aa/x.png/')).toEqual([]);
      expect(await keysOf('../')).toEqual([]);
      expect(await keysOf('nothing-here/')).toEqual([]);
      expect(await keysOf()).toEqual(expect.arrayContaining([near, far, other]));
    });

    it.each([
      ['accents, CJK and emoji', 'Žluťoučký 東京 🎉 e\u0301'],
      ['an empty value', ''],
      ['what looks escaped', '100%25 %zz %'],
      ['spaces at the ends and in a row', '  a   b  '],
      ['line breaks and control characters', 'a\r\nx-amz-acl: public\t\u0001\u007f'],
      ['quotes, commas and colons', `"a", 'b': =?utf-8?q?c?=;`],
    ])('keeps attributes with %s', async (_, value) => {
      const key = freshKey();
      const info: ObjectInfo = { contentType: 'image/png', attributes: { 'a-value': value } };
      await store.put(key, Buffer.from('x'), info);
      expect((await store.head(key))?.info).toEqual(info);
      expect((await store.get(key))?.object.info).toEqual(info);
    });

    it('keeps 1 KB of attributes, and refuses more than S3 can keep', async () => {
      const key = freshKey();
      // In parts: some servers (Swift) allow one value no more than 256 bytes.
      const attributes = Object.fromEntries(
        ['a', 'b', 'c', 'd', 'e'].map((name) => [name, name.repeat(200)]),
      );
      await store.put(key, Buffer.from('x'), { contentType: 'image/png', attributes });
      expect((await store.head(key))?.info.attributes).toEqual(attributes);

      const other = freshKey();
      // 700 letters of two bytes: 1400 bytes of UTF-8, but 4200 when escaped.
      const tooMuch = { contentType: 'image/png', attributes: { a: 'é'.repeat(700) } };
      const error = await appErrorOf(store.put(other, Buffer.from('x'), tooMuch));
      expect(error).toMatchObject({ code: 'internal', retryable: false });
      expect(await store.head(other)).toBeUndefined();
    });

    it.each([
      ['a name with an underscore', { contentType: 'image/png', attributes: { a_b: 'x' } }],
      ['a name in capitals', { contentType: 'image/png', attributes: { Ab: 'x' } }],
      [
        'the name kept for the hash',
        { contentType: 'image/png', attributes: { 'cardpress-sha256': 'x' } },
      ],
      ['a type with a line break', { contentType: 'image/png\r\nx: y', attributes: {} }],
    ])('refuses %s', async (_, info) => {
      const error = await appErrorOf(store.put(freshKey(), Buffer.from('x'), info));
      expect(error).toMatchObject({ code: 'internal', retryable: false });
    });

    it.each([
      ['0 bytes', 0],
      ['5 MB', 5 * 1024 * 1024],
    ])('keeps a body of %s', async (_, bytes) => {
      const key = freshKey();
      const body = randomBytes(bytes);
      await store.put(key, body, png);
      expect(await store.head(key)).toMatchObject({ bytes });
      const found = await store.get(key);
      expect(found?.object.bytes).toBe(bytes);
      expect(found?.body.equals(body)).toBe(true);
    });

    it('keeps one whole object of many that are put at once', async () => {
      const key = freshKey();
      const writers = Array.from({ length: 8 }, (_, n) => ({
        body: Buffer.alloc(100_000 + n, n),
        info: { contentType: 'image/png', attributes: { writer: String(n) } },
      }));
      await store.put(key, Buffer.alloc(100_000, 0), { ...png, attributes: { writer: '0' } });
      let isWriting = true;
      const readers = Array.from({ length: 2 }, async () => {
        let reads = 0;
        while (isWriting || reads === 0) {
          const seen = await store.get(key);
          const writer = Number(seen?.object.info.attributes.writer);
          expect(seen?.body.every((byte) => byte === writer)).toBe(true);
          reads += 1;
        }
      });
      await Promise.all(writers.map(({ body, info }) => store.put(key, body, info))).finally(() => {
        isWriting = false;
      });
      await Promise.all(readers);

      const found = await store.get(key);
      const winner = writers[Number(found?.object.info.attributes.writer)];
      expect(winner && found?.body.equals(winner.body)).toBe(true);
      expect(await collect(store.list(key))).toHaveLength(1);
    });

    it('refuses every bad key in every call', async () => {
      for (const key of badKeys) {
        const calls = [
          () => store.put(key, Buffer.from('x'), png),
          () => store.head(key),
          () => store.get(key),
          () => store.delete(key),
          async () => store.publicUrl(key),
        ];
        for (const call of calls) {
          expect((await appErrorOf(call())).code).toBe('image_not_found');
        }
      }
    });

    it('gives the public address of a key', () => {
      expect(store.publicUrl('og/ab/cd.png')).toBe(`${under.publicBase}/og/ab/cd.png`);
    });

    it('probes without leaving anything', async () => {
      await store.probe();
      expect(await collect(store.list('cardpress-probe/'))).toEqual([]);
    });
  });
}
