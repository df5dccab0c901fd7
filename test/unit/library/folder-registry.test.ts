import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AppError } from '../../../src/errors/app-error.js';
import {
  type FolderRegistry,
  loadFolderRegistry,
  type RegistryOptions,
} from '../../../src/library/folder-registry.js';
import { formatProblem } from '../../../src/templates/load-template.js';
import {
  manifestJson,
  templateFiles,
  temporaryDirectory,
  writeFiles,
} from '../../support/templates/template-files.js';

let directory: string;
let cleanUp: (() => Promise<void>)[];

beforeEach(async () => {
  const temporary = await temporaryDirectory();
  directory = temporary.path;
  cleanUp = [temporary.remove];
});

afterEach(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

async function load(options: Partial<RegistryOptions> = {}): Promise<FolderRegistry> {
  const registry = await loadFolderRegistry({ directory, intervalMs: 0, ...options });
  cleanUp.push(() => registry.close());
  return registry;
}

const install = (id: string, files = templateFiles()) => writeFiles(join(directory, id), files);

function thrownBy(run: () => unknown): AppError {
  try {
    run();
  } catch (thrown) {
    return thrown as AppError;
  }
  throw new Error('Nothing was thrown.');
}

/** Waits for a change on disk to be seen by the registry's own clock. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function recorder() {
  const lines: string[] = [];
  return {
    lines,
    info: (details: object, message: string) =>
      lines.push(`info ${message} ${JSON.stringify(details)}`),
    error: (details: object, message: string) =>
      lines.push(`error ${message} ${JSON.stringify(details)}`),
  };
}

describe('at start', () => {
  it('loads what is there, sorted', async () => {
    await install('event');
    await install('article');
    await mkdir(join(directory, '.git'));
    await writeFile(join(directory, 'README.md'), 'no folder');
    const registry = await load();
    expect(registry.list().map((t) => t.id)).toEqual(['article', 'event']);
    expect(registry.get('article').body({ title: 'A<' }, new Map())).toContain('A&lt;');
    expect(registry.problems()).toEqual([]);
  });

  it('loads the rest where one is broken, and says so loudly once', async () => {
    await install('article');
    await install('broken', templateFiles({ 'template.hbs': '\n{{titel}}' }));
    const log = recorder();
    const registry = await load({ logger: log });
    await registry.refresh();
    expect(registry.list().map((t) => t.id)).toEqual(['article']);
    const expected = 'broken/template.hbs:2:3: Unknown field "titel". Did you mean "title"?';
    expect(registry.problems().map(formatProblem)).toEqual([expected]);
    expect(log.lines).toEqual([
      `error templates with problems ${JSON.stringify({ problems: [expected] })}`,
    ]);
    expect(thrownBy(() => registry.get('broken')).detail).toContain('installed but not valid');
  });

  it('refuses to start where none is valid, with every problem of every template', async () => {
    await install('a', templateFiles({ 'template.hbs': '{{x}}\n{{{title}}}' }));
    await install('b', templateFiles({ 'sample.json': '{}' }));
    await mkdir(join(directory, 'Bad_Name'));
    await expect(load()).rejects.toMatchObject({
      code: 'template_invalid',
      detail: expect.stringMatching(
        /Bad_Name: .*\na\/template\.hbs:1:3: .*\na\/template\.hbs:2:1: .*\nb\/sample\.json:1:1: /,
      ),
      errors: [
        { path: 'Bad_Name' },
        { path: 'a/template.hbs:1:3' },
        { path: 'a/template.hbs:2:1' },
        { path: 'b/sample.json:1:1' },
      ],
    });
  });

  it.each(['', 'missing'])('refuses an empty or missing directory (%s)', async (name) => {
    await expect(load({ directory: join(directory, name) })).rejects.toMatchObject({
      code: 'template_invalid',
    });
  });

  it('names a fallback template that is not there, and keeps the template', async () => {
    const files = (other: string) =>
      templateFiles({
        'template.json': JSON.stringify(manifestJson({ fallback_template: other })),
      });
    await install('article', files('evnt'));
    await install('event', files('event'));
    const registry = await load();
    expect(registry.list()).toHaveLength(2);
    expect(registry.problems().map(formatProblem)).toEqual([
      'article/template.json: fallback_template "evnt" is not installed or not valid. Did you mean "event"?',
      'event/template.json: fallback_template names the template itself.',
    ]);
  });

  it('refuses files that are too large, without reading them', async () => {
    await install('article');
    await install('large', templateFiles({ 'style.css': ' '.repeat(2 * 1024 * 1024 + 1) }));
    await install('heavy', templateFiles({ 'assets/a.png': Buffer.alloc(20 * 1024 * 1024) }));
    const registry = await load();
    expect(registry.problems().map(formatProblem)).toEqual([
      'heavy: The template has 20.0 MB; at most 20.0 MB are allowed.',
      'large/style.css: The file has 2.0 MB; at most 2.0 MB are allowed.',
    ]);
  });
});

describe('ids', () => {
  it('are matched against what was found, never joined into a path', async () => {
    await install('article');
    const registry = await load();
    for (const id of [
      '../article',
      'article/../article',
      './article',
      'article/',
      'ARTICLE',
      '__proto__',
      'constructor',
      '',
      'a'.repeat(5000),
    ]) {
      const error = thrownBy(() => registry.get(id));
      expect(error.code).toBe('template_not_found');
      expect(error.detail.length).toBeLessThan(300);
      expect(await registry.getVersion(id, 'x')).toBeUndefined();
    }
  });

  it('have a hint', async () => {
    await install('article');
    const registry = await load();
    expect(thrownBy(() => registry.get('artcle')).detail).toContain('Did you mean "article"?');
    expect(thrownBy(() => registry.get('zzz')).detail).toContain('Installed are: article.');
  });

  it('follows links within the directory only', async () => {
    await install('article');
    const outside = await temporaryDirectory();
    cleanUp.push(outside.remove);
    await writeFiles(outside.path, { 'secret.png': 'secret' });
    await symlink(join(directory, 'article'), join(directory, 'linked'));
    await mkdir(join(directory, 'article', 'assets'));
    const registry = await load();
    expect(registry.list().map((t) => t.id)).toEqual(['article', 'linked']);
    await symlink(join(outside.path, 'secret.png'), join(directory, 'article', 'assets', 'x.png'));
    await registry.refresh();
    expect(registry.problems().map(formatProblem)).toContain(
      'article/assets/x.png: A link that leads out of the templates is not followed.',
    );
    expect(registry.get('article').assets.size).toBe(0);
  });
});

describe('changes on disk', () => {
  it('are picked up by a version that is asked for and not known', async () => {
    await install('article');
    const old = (await load()).get('article').version;
    const other = await load();
    await install('article', templateFiles({ 'style.css': 'h1 { color: red }' }));
    const fresh = (await load()).get('article').version;
    expect(fresh).not.toBe(old);
    expect(other.get('article').version).toBe(old);
    expect((await other.getVersion('article', fresh))?.css).toContain('red');
    expect(other.get('article').version).toBe(fresh);
    expect((await other.getVersion('article', old))?.css).toContain('#123456');
    expect(await other.getVersion('article', 'ffffffffffffffff')).toBeUndefined();
  });

  it('are picked up by themselves, until closed', async () => {
    await install('article');
    const registry = await load({ intervalMs: 5 });
    await install('event');
    await until(() => registry.list().length === 2);
    await registry.close();
    await install('quote');
    await expect(load().then((r) => r.list().length)).resolves.toBe(3);
    expect(registry.list()).toHaveLength(2);
  });

  it('keep the last good version where an edit is broken', async () => {
    await install('article');
    const log = recorder();
    const registry = await load({ logger: log });
    const good = registry.get('article');
    await install('article', templateFiles({ 'template.json': '{ "name": ' }));
    await registry.refresh();
    expect(registry.get('article')).toBe(good);
    expect(registry.problems().map(formatProblem)).toEqual([
      'article/template.json:1:11: The JSON text ends too early.',
    ]);
    await install('article');
    await registry.refresh();
    expect(registry.problems()).toEqual([]);
    expect(log.lines.map((l) => l.split(' {')[0])).toEqual([
      'error templates with problems',
      'info all templates are valid',
    ]);
  });

  it('keep the few latest versions, also of what was removed', async () => {
    await install('event');
    const versions: string[] = [];
    await install('article');
    const registry = await load();
    for (let i = 0; i < 6; i += 1) {
      await install('article', templateFiles({ 'style.css': `h1 { width: ${i}px }` }));
      await registry.refresh();
      versions.push(registry.get('article').version);
    }
    await rm(join(directory, 'article'), { recursive: true });
    await registry.refresh();
    expect(thrownBy(() => registry.get('article')).code).toBe('template_not_found');
    const kept = await Promise.all(versions.map((v) => registry.getVersion('article', v)));
    expect(kept.map((t) => t?.version)).toEqual([undefined, undefined, ...versions.slice(2)]);
  });

  it('touch nothing where nothing changed, and renew sample data without a new version', async () => {
    await install('article');
    const registry = await load();
    const before = registry.get('article');
    await registry.refresh();
    expect(registry.get('article')).toBe(before);
    await install('article', templateFiles({ 'sample.json': '{"title":"Other"}' }));
    await registry.refresh();
    expect(registry.get('article').sample).toEqual({ title: 'Other' });
    expect(registry.get('article').version).toBe(before.version);
  });

  it('keep everything while the directory is away', async () => {
    await install('article');
    const registry = await load();
    await rename(directory, `${directory}-away`);
    await registry.refresh();
    expect(registry.get('article').id).toBe('article');
    expect(registry.problems()).toHaveLength(1);
    await rename(`${directory}-away`, directory);
    await registry.refresh();
    expect(registry.problems()).toEqual([]);
  });

  it('are seen by a refresh that is asked for while another runs', async () => {
    await install('article');
    const registry = await load();
    const first = registry.refresh();
    await install('event');
    await Promise.all([first, registry.refresh(), registry.refresh()]);
    expect(registry.list()).toHaveLength(2);
  });
});
