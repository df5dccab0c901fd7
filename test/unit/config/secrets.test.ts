import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadOrMakeSecret } from '../../../src/config/secrets.js';
import { temporaryDirectory } from '../../support/templates/template-files.js';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let secrets: string;

beforeEach(async () => {
  folder = await temporaryDirectory();
  secrets = join(folder.path, 'secrets');
});
afterEach(() => folder.remove());

describe('loadOrMakeSecret', () => {
  it('makes one of 256 random bits, for its owner alone, and keeps it', async () => {
    const made = await loadOrMakeSecret(secrets, 'api-key');
    expect(made).toMatch(/^[\w-]{43}$/);
    expect(await loadOrMakeSecret(secrets, 'api-key')).toBe(made);
    expect(await loadOrMakeSecret(secrets, 'other')).not.toBe(made);
    expect((await stat(join(secrets, 'api-key'))).mode & 0o777).toBe(0o600);
    expect((await stat(secrets)).mode & 0o777).toBe(0o700);
  });

  it('is the same for all that start together, and leaves no drafts', async () => {
    const made = await Promise.all(
      Array.from({ length: 30 }, () => loadOrMakeSecret(secrets, 'api-key')),
    );
    expect(new Set(made).size).toBe(1);
    expect(await readdir(secrets)).toEqual(['api-key']);
    expect((await readFile(join(secrets, 'api-key'), 'utf8')).trim()).toBe(made[0]);
  });

  it('takes one that an operator put there', async () => {
    await loadOrMakeSecret(secrets, 'first');
    await writeFile(join(secrets, 'api-key'), '  of the operator\n');
    expect(await loadOrMakeSecret(secrets, 'api-key')).toBe('of the operator');
  });

  it('says what to do with an empty file', async () => {
    await loadOrMakeSecret(secrets, 'first');
    await writeFile(join(secrets, 'api-key'), '\n');
    await chmod(join(secrets, 'api-key'), 0o600);
    await expect(loadOrMakeSecret(secrets, 'api-key')).rejects.toThrow(
      /api-key is empty\. Delete it, and a new secret is made\./,
    );
  });
});
