import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import { spoolUpload } from '../../../src/tables/spool-upload.js';
import { until } from '../../support/until.js';

const MEGABYTE = 1024 ** 2;

let root: string;
let directory: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'spool-'));
  directory = join(root, 'uploads');
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** One line of `bytes`, made as it is read, with a header before it. */
async function* oneLine(bytes: number) {
  yield Buffer.from('a,b\n');
  const piece = Buffer.alloc(64 * 1024, 'x');
  for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
}

describe('an upload', () => {
  it('becomes a file that only its owner reads, and goes when told', async () => {
    const upload = await spoolUpload(Readable.from([Buffer.from('a,b\n'), Buffer.from('1,2\n')]), {
      directory,
      maxBytes: 8,
    });
    expect(await readFile(upload.path, 'utf8')).toBe('a,b\n1,2\n');
    expect(upload.bytes).toBe(8);
    expect((await stat(upload.path)).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    await upload.remove();
    await upload.remove();
    expect(await readdir(directory)).toEqual([]);
  });

  it('never takes the place of another', async () => {
    const spool = () => spoolUpload(Readable.from([Buffer.from('a')]), { directory, maxBytes: 1 });
    const uploads = await Promise.all([spool(), spool(), spool()]);
    expect(new Set(uploads.map(({ path }) => path)).size).toBe(3);
  });

  it('that is too large leaves nothing, and its sender is stopped', async () => {
    const source = Readable.from(oneLine(50 * MEGABYTE));
    const error = await spoolUpload(source, { directory, maxBytes: 2 * MEGABYTE }).catch((e) => e);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: 'body_too_large',
      detail:
        'The file is larger than 2 MB (2097152 bytes). Split it into several files and send each as a batch of its own.',
      errors: [{ path: 'file' }],
    });
    expect(await readdir(directory)).toEqual([]);
    expect(source.destroyed).toBe(true);
  });

  it('that breaks off leaves nothing', async () => {
    const source = new PassThrough();
    const spooled = spoolUpload(source, { directory, maxBytes: MEGABYTE });
    source.write('a,b\n');
    await until(async () => (await readdir(directory).catch(() => [])).length === 1);
    source.destroy();
    await expect(spooled).rejects.toMatchObject({
      code: 'invalid_request',
      detail: 'The upload broke off before its end. Send the file again.',
    });
    expect(await readdir(directory)).toEqual([]);
  });

  it('that failed before it began leaves nothing', async () => {
    const source = new PassThrough();
    source.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    await expect(spoolUpload(source, { directory, maxBytes: 1 })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    expect(await readdir(directory)).toEqual([]);
  });
});
