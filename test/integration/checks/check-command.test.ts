import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chromiumPath } from '../../support/chromium-path.js';
import { temporaryDirectory, writeFiles } from '../../support/templates/template-files.js';
import { callCli } from '../cli/call-cli.js';

const TEMPLATES = fileURLToPath(new URL('../../support/templates-broken', import.meta.url));

let folder: string;
let remove: () => Promise<void>;
let env: Record<string, string>;

beforeAll(async () => {
  ({ path: folder, remove } = await temporaryDirectory());
  await cp(join(TEMPLATES, 'sound'), join(folder, 'one/sound'), { recursive: true });
  await writeFiles(folder, { 'one/unfinished/template.json': '{ "name": "Unfinished", }' });
  env = { TEMPLATES_DIR: TEMPLATES, CHROMIUM_PATH: await chromiumPath() };
});
afterAll(() => remove());

describe('cardpress check', () => {
  it('ends well for a sound template, and says how much was looked at', async () => {
    const { code, stdout, stderr } = await callCli(['check', 'sound', '--size', 'og'], { env });
    expect(stdout).toMatch(/^sound: \d\d pass\n$/);
    expect([code, stderr.replace(/^.*SANDBOX.*\n|^.*sandbox.*\n/gm, '')]).toEqual([0, '']);
  });

  it('lists the faults, writes the page, and fails', async () => {
    const html = join(folder, 'report.html');
    const args = ['check', 'faulty', '--size', 'og', '--html', html];
    const { code, stdout } = await callCli(args, { env });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^faulty: \d+ pass, .*\d+ fail\n/);
    expect(stdout).toMatch(/\nfail +text_clipped clipped +og +sample, .* and \d+ more\n/);
    expect(stdout).toMatch(
      /\nfail +glyph_missing sign +og +sample, sample_varied, only_required, empty_text\n/,
    );
    expect(await readFile(html, 'utf8')).toContain('<title>Check of Faulty</title>');
  });

  it('prints JSON for programs, and nothing else', async () => {
    const { code, stdout } = await callCli(['check', 'faulty', '--size', 'tall', '--json'], {
      env,
    });
    expect(code).toBe(1);
    const [report] = JSON.parse(stdout) as { template: string; sizes: string[] }[];
    expect(report).toMatchObject({ template: 'faulty', sizes: ['tall'] });
  });

  it('does not pass over a template that cannot be loaded', async () => {
    const own = { ...env, TEMPLATES_DIR: join(folder, 'one') };
    const all = await callCli(['check', '--all', '--size', 'og'], { env: own });
    expect(all.code).toBe(1);
    expect(all.stdout).toMatch(/^sound: \d\d pass\n$/);
    expect(all.stderr).toContain('unfinished/template.json');
    const one = await callCli(['check', 'unfinished'], { env: own });
    expect(one.code).toBe(1);
    expect(one.stderr).toContain('Template "unfinished" is not valid');
  });

  it('wants to know which template', async () => {
    expect((await callCli(['check'], { env })).code).toBe(2);
    expect((await callCli(['check', 'sound', '--all'], { env })).code).toBe(2);
    expect((await callCli(['check', 'sound', '--size', ','], { env })).code).toBe(2);
  });
});
