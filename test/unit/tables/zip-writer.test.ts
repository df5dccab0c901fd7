import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import { entryName } from '../../../src/tables/entry-name.js';
import { type ZipEntry, zipStream } from '../../../src/tables/zip-writer.js';

const MEGABYTE = 1024 ** 2;

interface Unpacked {
  name: string;
  method: number;
  flags: number;
  body: Buffer;
}

async function bodyOf(zip: ZipFile, entry: Entry): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) reject(error);
      else buffer(stream).then(resolve, reject);
    });
  });
}

async function unpack(archive: Buffer): Promise<Unpacked[]> {
  const zip = await new Promise<ZipFile>((resolve, reject) => {
    fromBuffer(archive, { lazyEntries: true }, (error, file) =>
      error ? reject(error) : resolve(file),
    );
  });
  const found: Unpacked[] = [];
  const over = once(zip, 'end');
  zip.on('entry', async (entry: Entry) => {
    const body = await bodyOf(zip, entry);
    found.push({
      name: entry.fileName,
      method: entry.compressionMethod,
      flags: entry.generalPurposeBitFlag,
      body,
    });
    zip.readEntry();
  });
  zip.readEntry();
  await over;
  return found;
}

async function* from(entries: ZipEntry[]) {
  yield* entries;
}

describe('an archive', () => {
  it('holds its entries as they are, stored, with lengths before them', async () => {
    const entries = [
      { name: 'Zürich.png', body: randomBytes(200_000) },
      { name: 'empty.png', body: Buffer.alloc(0) },
      { name: 'results.csv', body: Buffer.from('a,b\r\n') },
    ];
    const unpacked = await unpack(await buffer(zipStream(from(entries))));
    expect(unpacked.map(({ name }) => name)).toEqual(entries.map(({ name }) => name));
    unpacked.forEach(({ method, flags, body }, n) => {
      expect(method).toBe(0);
      expect(flags & 0b1000).toBe(0);
      expect(body.equals(entries[n]?.body ?? Buffer.alloc(1))).toBe(true);
    });
  });

  it('without entries is one still', async () => {
    expect(await unpack(await buffer(zipStream(from([]))))).toEqual([]);
  });

  it('lets no name out of its folder, nor one take the place of another', async () => {
    const names = ['../../etc/passwd.png', 'a.png', 'A.png', 'con.png', 'a.png'];
    const archive = await buffer(
      zipStream(from(names.map((name) => ({ name, body: Buffer.from(name) })))),
    );
    expect((await unpack(archive)).map(({ name }) => name)).toEqual([
      '-..-etc-passwd.png',
      'a.png',
      'A-2.png',
      '_con.png',
      'a-3.png',
    ]);
  });
});

describe('the entries', () => {
  it('wait while nobody reads', async () => {
    let taken = 0;
    let isOver = false;
    async function* pictures() {
      try {
        for (;;) {
          taken += 1;
          yield { name: 'a.png', body: Buffer.alloc(MEGABYTE) };
        }
      } finally {
        isOver = true;
      }
    }
    const archive = zipStream(pictures());
    await once(archive, 'readable');
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    expect(taken).toBeLessThanOrEqual(2);
    archive.destroy();
    await once(archive, 'close');
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    expect(isOver).toBe(true);
  });

  it('that fail make the archive fail', async () => {
    async function* failing() {
      yield { name: 'a.png', body: Buffer.from('a') };
      throw new Error('the storage is away');
    }
    await expect(buffer(zipStream(failing()))).rejects.toThrow('the storage is away');
  });
});

describe('a name in an archive', () => {
  const one = (wanted: string, ext = 'png') => entryName(wanted, ext, new Map());

  it.each([
    ['Spring Sale', 'Spring Sale.png'],
    ['  a \t b ', 'a b.png'],
    ['a/b\\c:d', 'a-b-c-d.png'],
    ['..', 'image.png'],
    ['/', 'image.png'],
    ['', 'image.png'],
    ['.hidden.', 'hidden.png'],
    ['a\u0000b\u202egnp.exe', 'a-b-gnp.exe.png'],
    ['NUL', '_NUL.png'],
    ['com1.tar', '_com1.tar.png'],
    ['Lpt¹', '_Lpt¹.png'],
    ['console', 'console.png'],
    ['e\u0301', 'é.png'],
    ['half \ud800 pair', 'half - pair.png'],
    ['日本 😀', '日本 😀.png'],
  ])('%j is %j', (wanted, name) => {
    expect(one(wanted)).toBe(name);
  });

  it('is bounded in bytes, at whole characters', () => {
    expect(one('x'.repeat(500))).toBe(`${'x'.repeat(100)}.png`);
    expect(one(`a${'😀'.repeat(100)}`)).toBe(`a${'😀'.repeat(24)}.png`);
    expect(one(`${'x'.repeat(99)} y`)).toBe(`${'x'.repeat(99)}.png`);
  });

  it('has no ending where none is given', () => {
    expect(one('README', '')).toBe('README');
  });

  it('is unlike those before it, whatever their case', () => {
    const taken = new Map<string, number>();
    const names = ['a', 'A', 'a-2', 'a', 'b', 'a-2', 'a'].map((name) =>
      entryName(name, 'png', taken),
    );
    expect(names).toEqual([
      'a.png',
      'A-2.png',
      'a-2-2.png',
      'a-3.png',
      'b.png',
      'a-2-3.png',
      'a-4.png',
    ]);
    const many = Array.from({ length: 20_000 }, () => entryName('same', 'png', taken));
    expect(new Set(many).size).toBe(20_000);
    expect(many.at(-1)).toBe('same-20000.png');
  });
});
