import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  BROWSER_FOLDER_PREFIX,
  type BrowserFolder,
  openBrowserFolder,
} from '../../../src/browser/browser-folder.js';

let parent: string;
const open: BrowserFolder[] = [];
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'cp-folders-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((folder) => folder.close()));
  await rm(parent, { recursive: true, force: true });
});

async function openHere(): Promise<BrowserFolder> {
  const folder = await openBrowserFolder(parent);
  open.push(folder);
  return folder;
}

describe('the folder of the browsers of a process', () => {
  it('is where a launch puts what is temporary, and no longer so after the last', async () => {
    const before = process.env.TMPDIR;
    const folder = await openHere();
    let endFirst = () => undefined as unknown;
    const first = folder.within(() => new Promise((resolve) => (endFirst = () => resolve(null))));
    expect(await folder.within(async () => process.env.TMPDIR)).toBe(folder.path);
    expect(process.env.TMPDIR).toBe(folder.path);
    endFirst();
    await first;
    expect(process.env.TMPDIR).toBe(before);
    await expect(folder.within(() => Promise.reject(new Error('no browser')))).rejects.toThrow();
    expect(process.env.TMPDIR).toBe(before);
  });

  it('goes with all that is in it', async () => {
    const folder = await openBrowserFolder(parent);
    await mkdir(join(folder.path, 'profile/Default'), { recursive: true });
    await writeFile(join(folder.path, 'profile/Default/Cookies'), 'x');
    await folder.close();
    expect(await readdir(parent)).toEqual([]);
  });

  it('is left alone by those who start while it is used', async () => {
    const folders = await Promise.all([openHere(), openHere(), openHere()]);
    const late = await openHere();
    for (const { path } of [...folders, late]) expect(existsSync(path)).toBe(true);
  });

  it('is swept once nobody holds it, with or without its socket', async () => {
    const bare = join(parent, `${BROWSER_FOLDER_PREFIX}bare`);
    await mkdir(join(bare, 'profile'), { recursive: true });
    const folder = await openHere();
    expect(await readdir(parent)).toEqual([folder.path.slice(parent.length + 1)]);
  });

  it('is not swept where it is no folder of ours', async () => {
    const elsewhere = join(parent, 'elsewhere');
    await mkdir(elsewhere);
    await symlink(elsewhere, join(parent, `${BROWSER_FOLDER_PREFIX}link`));
    await writeFile(join(parent, `${BROWSER_FOLDER_PREFIX}file`), 'kept');
    await mkdir(join(parent, 'cardpress-starting-abc'));
    await openHere();
    expect(await readdir(parent)).toEqual(
      expect.arrayContaining([
        `${BROWSER_FOLDER_PREFIX}link`,
        `${BROWSER_FOLDER_PREFIX}file`,
        'cardpress-starting-abc',
        'elsewhere',
      ]),
    );
  });

  it('is the temporary folder itself where that has a name too long for sockets', async () => {
    const deep = join(parent, 'd'.repeat(120));
    await mkdir(deep);
    const folder = await openBrowserFolder(deep);
    expect(folder.path).toBe(deep);
    const before = process.env.TMPDIR;
    expect(await folder.within(async () => process.env.TMPDIR)).toBe(before);
    await folder.close();
    expect(existsSync(deep)).toBe(true);
    expect(await readdir(deep)).toEqual([]);
    expect(await readdir(parent)).toEqual(['d'.repeat(120)]);
  });
});
