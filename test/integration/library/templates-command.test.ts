import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startService, type TestService } from '../../support/service.js';
import { cardFiles } from '../../support/stored-template.js';
import { PIXEL, temporaryDirectory, writeFiles } from '../../support/templates/template-files.js';
import { callCli } from '../cli/call-cli.js';

let service: TestService;
let work: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  service = await startService();
  work = await temporaryDirectory();
}, 60_000);
afterAll(async () => {
  await service?.stop();
  await work?.remove();
});

const templates = (...args: string[]) =>
  callCli(['templates', ...args, '--server', service.url], { env: { API_KEY: service.key } });

describe('cardpress templates', () => {
  const files = cardFiles('#123456', { 'assets/a.png': PIXEL, 'design.json': '{}\n' });
  let first = '';

  it('pushes a folder and publishes it, then pulls the same files', async () => {
    const folder = join(work.path, 'team-card');
    await writeFiles(folder, { ...files, '.git/config': 'x', 'README.md': 'not sent' });
    const saved = await templates('push', folder);
    expect([saved.code, saved.stdout]).toEqual([0, 'The draft of team-card is saved: 6 files.\n']);
    const { stdout, stderr, code } = await templates(
      ...['push', folder, '--publish', '--force', '--message', 'First'],
    );
    expect([code, stderr]).toEqual([0, '']);
    first = /^team-card@([0-9a-f]{16}) is published\./.exec(stdout)?.[1] ?? '';
    const copy = join(work.path, 'copy');
    expect((await templates('pull', 'team-card', '--folder', copy)).code).toBe(0);
    for (const [path, body] of Object.entries(files)) {
      expect(await readFile(join(copy, path))).toEqual(Buffer.from(body));
    }
    expect((await templates('list')).stdout).toMatch(new RegExp(`team-card +${first} +Card`));
  }, 60_000);

  it('lists versions and goes back to one', async () => {
    await writeFile(join(work.path, 'team-card', 'style.css'), 'body { background: #fff }\n');
    await templates('push', join(work.path, 'team-card'), '--publish', '--force');
    const back = await templates('rollback', 'team-card', '--version', first, '--message', 'Back');
    expect(back.stdout).toBe(`team-card@${first} is the current version again.\n`);
    const { stdout } = await templates('versions', 'team-card');
    expect(stdout).toMatch(/rolled_back.*Back\n[^\n]*published[^\n]*\n[^\n]*published.*First/);
    expect((await templates('rollback', 'team-card')).code).toBe(2);
  }, 60_000);

  it('tells the mistakes of what it has saved', async () => {
    const folder = join(work.path, 'broken-card');
    await writeFiles(folder, { ...files, 'template.hbs': '<p>\n{{#if title}}</p>' });
    const { code, stderr } = await templates('push', folder, '--publish');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/template\.hbs:\d+:\d+/)]);
  });

  it('writes into a folder that exists only by force, and replaces a linked file, not what it leads to', async () => {
    const folder = join(work.path, 'linked');
    await mkdir(folder);
    const outside = join(work.path, 'outside.css');
    await writeFile(outside, 'mine');
    await symlink(outside, join(folder, 'style.css'));
    const refused = await templates('pull', 'team-card', '--folder', folder);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/--force/)]);
    expect((await templates('pull', 'team-card', '--folder', folder, '--force')).code).toBe(0);
    expect(await readFile(outside, 'utf8')).toBe('mine');
  });
});
