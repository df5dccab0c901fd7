import { describe, expect, it } from '@jest/globals';
import type { AppError } from '../../../src/errors/app-error.js';
import { packArchive, unpackArchive } from '../../../src/library/template-archive.js';
import { filesHash } from '../../../src/templates/template-files.js';
import { type RawEntry, rawZip } from '../../support/raw-zip.js';
import { buffers, PIXEL, templateFiles } from '../../support/templates/template-files.js';

const MEGABYTE = 1024 * 1024;
const SYMLINK = 0o120777;

const own = (more: Record<string, string | Buffer> = {}): RawEntry[] =>
  Object.entries(templateFiles(more)).map(([name, body]) => ({ name, body, packed: true }));

async function refusal(archive: Buffer): Promise<AppError> {
  try {
    await unpackArchive(archive);
  } catch (error) {
    return error as AppError;
  }
  throw new Error('The archive was taken.');
}

describe('an archive', () => {
  const files = buffers(
    templateFiles({
      'assets/über uns/photo 1.png': PIXEL,
      'assets/fonts/font.woff2': Buffer.from([0, 255, 13, 10]),
      'ugly/long.json': '{"title":"\\r\\n"}\r\n',
      'design.json': '{"version": 1}',
    }),
  );

  it('gives back every file, byte for byte, and is the same for the same files', async () => {
    const archive = await packArchive(files);
    expect(filesHash(await unpackArchive(archive))).toBe(filesHash(files));
    const turned = new Map([...files].reverse());
    expect((await packArchive(turned)).equals(archive)).toBe(true);
  });

  it.each([
    ['in a folder of its own', (name: string) => `card/${name}`],
    ['at its root', (name: string) => name],
  ])('is read with its files %s, without what systems add', async (_where, path) => {
    const entries = own({ 'assets/a.png': PIXEL }).map((one) => ({
      ...one,
      name: path(String(one.name)),
    }));
    const added = [
      { name: path('.DS_Store') },
      { name: path('assets/Thumbs.db') },
      { name: path('assets/') },
    ];
    const found = await unpackArchive(rawZip([...entries, ...added]));
    expect([...found.keys()].sort()).toEqual(
      [...Object.keys(templateFiles()), 'assets/a.png'].sort(),
    );
  });
});

describe('a hostile archive is refused', () => {
  it.each<[string, RawEntry, RegExp]>([
    ['a path that leads out', { name: '../evil.json' }, /relative path|\.\./],
    ['one that leads out from within', { name: 'assets/../../evil' }, /relative path/],
    ['an absolute path', { name: '/etc/passwd' }, /absolute path/],
    ['a path of Windows', { name: 'C:/evil.txt' }, /absolute path/],
    ['a backslash', { name: 'assets\\..\\evil' }, /invalid characters|relative/],
    ['a NUL in a name', { name: 'assets/a\0.png' }, /characters that names/],
    ['a line break in a name', { name: 'assets/a\n.png' }, /characters that names/],
    ['an empty part', { name: 'assets//a.png' }, /relative/],
    ['a very long name', { name: `assets/${'a'.repeat(300)}.png` }, /too long/],
    ['many levels', { name: `assets/${'a/'.repeat(20)}b.png` }, /too long/],
    ['a script', { name: 'install.sh', body: '#!/bin/sh' }, /no file of a template/],
    ['a program at the root', { name: 'index.js' }, /no file of a template/],
    ['a link', { name: 'assets/link.png', body: '/etc/passwd', mode: SYMLINK }, /a link/],
    ['a device', { name: 'assets/null.png', mode: 0o020666 }, /a device/],
    [
      'an encrypted file',
      { name: 'assets/a.png', body: 'x', packed: true, claims: { flags: 0x801 } },
      /encrypted/,
    ],
    ['an unknown method', { name: 'assets/a.png', claims: { method: 12 } }, /compressed/],
    ['a file twice', { name: 'style.css', body: 'b{}' }, /twice/],
    [
      'a file that is larger than its entry says',
      { name: 'assets/a.png', body: Buffer.alloc(MEGABYTE), packed: true, claims: { size: 10 } },
      /no sound ZIP/,
    ],
    [
      'a file that is smaller than its entry says',
      { name: 'assets/a.png', body: 'abc', packed: true, claims: { size: 1_000 } },
      /no sound ZIP/,
    ],
    [
      'a bomb',
      { name: 'assets/a.png', body: Buffer.alloc(30 * MEGABYTE), packed: true },
      /30\.0 MB; at most 20 MB/,
    ],
    [
      'one that claims four gigabytes',
      { name: 'assets/a.png', claims: { size: 0xff_ff_ff_f0 } },
      /MB; at most 20 MB|no sound ZIP/,
    ],
  ])('for %s', async (_name, entry, why) => {
    const error = await refusal(rawZip([...own(), entry]));
    expect(error.code).toBe('invalid_request');
    expect(error.detail).toMatch(why);
    expect(error.errors?.length).toBeGreaterThan(0);
  });

  it('for bombs in many small parts', async () => {
    const parts = Array.from({ length: 25 }, (_, i) => ({
      name: `assets/${i}.png`,
      body: Buffer.alloc(MEGABYTE),
      packed: true,
    }));
    expect((await refusal(rawZip(parts))).detail).toMatch(/25\.0 MB; at most 20 MB/);
  });

  it('for ten thousand files, before any is read', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({ name: `assets/${i}.txt` }));
    const startedAt = performance.now();
    expect((await refusal(rawZip(many))).detail).toMatch(/10000 entries; at most 1000/);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('no archive')],
    ['one that was cut off', rawZip(own()).subarray(0, -30)],
    ['one with fewer entries than it claims', rawZip(own(), 900)],
  ])('for %s', async (_name, archive) => {
    expect((await refusal(archive)).detail).toMatch(/no sound ZIP/);
  });
});
