import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openTable } from '../../../src/tables/open-table.js';
import { spoolUpload } from '../../../src/tables/spool-upload.js';

const GIGABYTE = 1024 ** 3;
const MEGABYTE = 1024 ** 2;

let root: string;
let directory: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'spool-'));
  directory = join(root, 'uploads');
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** One line of `bytes`, made as it is read, with a header before it. */
async function* oneLine(bytes: number, content = 'x') {
  yield Buffer.from('a,b\n');
  const piece = Buffer.alloc(64 * 1024, content);
  for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
}

/** The most memory in use while `work` goes on, over what was before, in bytes. */
async function peakOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 10);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return peak - before;
}

/**
 * What may be in use beside the rest: buffers that wait for the collector, which on a busy machine
 * comes late (250 MB was seen). Held as a whole, the smallest of these files would take a gigabyte.
 */
const FLAT_BYTES = 400 * MEGABYTE;

describe('a line of 1 GB', () => {
  it('is spooled, looked at and refused in flat memory', async () => {
    let path = '';
    const spooling = await peakOf(async () => {
      const source = Readable.from(oneLine(GIGABYTE), { objectMode: false });
      ({ path } = await spoolUpload(source, { directory, maxBytes: 2 * GIGABYTE }));
    });
    expect((await stat(path)).size).toBeGreaterThan(GIGABYTE);
    const reading = await peakOf(() =>
      expect(openTable(path)).rejects.toMatchObject({
        code: 'invalid_request',
        detail:
          'The record on line 2 is larger than 1 MB. Check that the file has line breaks and is a CSV.',
      }),
    );
    expect(spooling).toBeLessThan(FLAT_BYTES);
    expect(reading).toBeLessThan(FLAT_BYTES);
  }, 180_000);
});

describe('a line of 64 million columns', () => {
  it('is refused without making one cell for each', async () => {
    const source = Readable.from(oneLine(64 * MEGABYTE, ','), { objectMode: false });
    const { path } = await spoolUpload(source, { directory, maxBytes: GIGABYTE });
    const reading = await peakOf(() =>
      expect(openTable(path)).rejects.toMatchObject({
        detail: expect.stringContaining('line 2 has more than 1,000 columns'),
      }),
    );
    expect(reading).toBeLessThan(FLAT_BYTES);
  });
});
