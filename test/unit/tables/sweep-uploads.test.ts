import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { sweepUploads } from '../../../src/tables/sweep-uploads.js';

it('removes uploads that are hours old, and nothing else', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'cp-sweep-'));
  const old = new Date(Date.now() - 7 * 3600 * 1000);
  for (const name of ['upload-0a-1b.csv', 'upload-2c-3d.csv', 'keep.csv']) {
    await writeFile(join(directory, name), 'x');
  }
  for (const name of ['upload-0a-1b.csv', 'keep.csv'])
    await utimes(join(directory, name), old, old);
  expect(await sweepUploads(directory)).toBe(1);
  expect((await readdir(directory)).sort()).toEqual(['keep.csv', 'upload-2c-3d.csv']);
  await rm(directory, { recursive: true });
  expect(await sweepUploads(directory)).toBe(0);
});
