import { once } from 'node:events';
import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from '@jest/globals';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import { zipStream } from '../../../src/tables/zip-writer.js';

const MEGABYTE = 1024 ** 2;

const open = (archive: Buffer, options: object) =>
  new Promise<ZipFile>((resolve, reject) => {
    fromBuffer(archive, options, (error, file) => (error ? reject(error) : resolve(file)));
  });

async function bodyOf(zip: ZipFile, entry: Entry): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) reject(error);
      else buffer(stream).then(resolve, reject);
    });
  });
}

async function* many(count: number) {
  for (let n = 0; n < count; n += 1) yield { name: `${n}.png`, body: Buffer.from(`${n}`) };
}

describe('an archive of more entries than 16 bits count', () => {
  it('is ZIP64, and can be read', async () => {
    const count = 70_000;
    const archive = await buffer(zipStream(many(count)));
    expect(archive.includes(Buffer.from([0x50, 0x4b, 0x06, 0x06]))).toBe(true);
    const zip = await open(archive, { lazyEntries: false, autoClose: false });
    const entries: Entry[] = [];
    zip.on('entry', (entry: Entry) => entries.push(entry));
    await once(zip, 'end');
    expect(zip.entryCount).toBe(count);
    expect(entries).toHaveLength(count);
    const last = entries.at(-1) as Entry;
    expect(last.fileName).toBe('69999.png');
    expect((await bodyOf(zip, last)).toString()).toBe('69999');
  });

  it('has its directory in few pieces, made while the entries are written', async () => {
    const count = 20_000;
    let pieces = 0;
    const counted = new Writable({
      write(_chunk, _encoding, done) {
        pieces += 1;
        done();
      },
    });
    await pipeline(zipStream(many(count)), counted);
    // Two for each entry; the directory is 1.4 MB, in pieces of 64 KB.
    expect(pieces).toBeLessThan(2 * count + 50);
  });
});

describe('entries of 600 MB', () => {
  it('are taken as fast as they are read, and let go of', async () => {
    const before = process.memoryUsage().rss;
    let peak = before;
    async function* pictures() {
      for (let n = 0; n < 600; n += 1) {
        const body = Buffer.alloc(MEGABYTE, n);
        peak = Math.max(peak, process.memoryUsage().rss);
        yield { name: `${n}.png`, body };
      }
    }
    let bytes = 0;
    const sink = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        setImmediate(done);
      },
    });
    await pipeline(zipStream(pictures()), sink);
    expect(bytes).toBeGreaterThan(600 * MEGABYTE);
    expect(peak - before).toBeLessThan(300 * MEGABYTE);
  });
});
