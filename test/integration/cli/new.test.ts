import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildTemplate } from '../../../src/templates/load-template.js';
import { resolveFields } from '../../../src/templates/resolve-fields.js';
import { templateSkeleton } from '../../../src/templates/template-skeleton.js';
import { chromiumPath } from '../../support/chromium-path.js';
import { buffers, temporaryDirectory } from '../../support/templates/template-files.js';
import { callCli } from './call-cli.js';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let env: Record<string, string>;

beforeAll(async () => {
  directory = await temporaryDirectory();
  env = { TEMPLATES_DIR: directory.path, CHROMIUM_PATH: await chromiumPath() };
});
afterAll(() => directory?.remove());

describe('cardpress new', () => {
  it('writes a whole template under its id, and says how to go on', async () => {
    const { code, stdout, stderr } = await callCli(['new', 'launch-card'], { env });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(join(directory.path, 'launch-card'));
    expect(stdout).toContain('npm run dev');
    expect(stdout).toContain('npx cardpress check launch-card');
    // Nothing is left beside it, not even a hidden folder.
    expect(await readdir(directory.path)).toEqual(['launch-card']);
    for (const [path, content] of templateSkeleton('launch-card')) {
      const written = await readFile(join(directory.path, 'launch-card', path), 'utf8');
      expect(written).toBe(content);
    }
  });

  it('leaves what exists as it is', async () => {
    const style = join(directory.path, 'launch-card', 'style.css');
    await writeFile(style, '/* mine */');
    const again = await callCli(['new', 'launch-card'], { env });
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('exists already. Choose another id');
    expect(await readFile(style, 'utf8')).toBe('/* mine */');

    await writeFile(join(directory.path, 'a-file'), '');
    expect((await callCli(['new', 'a-file'], { env })).code).toBe(1);
    expect((await readdir(directory.path)).sort()).toEqual(['a-file', 'launch-card']);
  });

  it.each([
    ['no id', [], 'Give an id'],
    ['capitals', ['Card'], 'cannot be an id'],
    ['a path', ['../card'], 'cannot be an id'],
    ['a digit first', ['1-card'], 'cannot be an id'],
    ['too long', [`c${'a'.repeat(64)}`], 'cannot be an id'],
    ['two', ['card', 'other'], '"other" has no meaning here'],
  ])('refuses %s as a wrong call', async (_, args, message) => {
    const { code, stderr } = await callCli(['new', ...args], { env });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('makes a template that draws every case of ugly data without a fault', async () => {
    await callCli(['new', 'fresh'], { env });
    const { code, stdout } = await callCli(['check', 'fresh'], { env });
    expect(stdout).toMatch(/^fresh: \d+ pass\n$/);
    expect(code).toBe(0);
  }, 180_000);
});

describe('the files of a new template', () => {
  it('are valid, named after the id, and their data needs no mending', () => {
    const files = buffers(Object.fromEntries(templateSkeleton('my-first-card')));
    const { template, problems } = buildTemplate('my-first-card', files);
    expect(problems).toEqual([]);
    if (!template) throw new Error('not valid');
    expect(template.manifest.name).toBe('My first card');
    expect(Object.keys(template.manifest.sizes)).toEqual(['og', 'square', 'story']);
    expect(template.edgeCases.size).toBeGreaterThan(2);
    for (const data of [template.sample, ...template.edgeCases.values()]) {
      const { errors, warnings } = resolveFields(template, data);
      expect([errors, warnings]).toEqual([[], []]);
    }
  });
});
