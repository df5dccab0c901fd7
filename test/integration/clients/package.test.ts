import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, SourceTextModule } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packageInfo } from '../../../src/config/package-info.js';
import { CLIENT, projectWithClient } from './built-client.js';

let project: ReturnType<typeof projectWithClient>;
beforeAll(() => {
  project = projectWithClient();
});
afterAll(() => project?.remove());

const sources = readdirSync(join(CLIENT, 'src'));
const importsOf = (text: string) =>
  [...text.matchAll(/\bfrom\s*'([^']+)'|\bimport\s*\(?\s*'([^']+)'/g)].map((m) => m[1] ?? m[2]);

describe('the client as a package', () => {
  it('imports nothing from outside itself', () => {
    const files = readdirSync(join(project.installed, 'dist')).filter((name) =>
      /\.(js|d\.ts)$/.test(name),
    );
    const imports = files.flatMap((name) =>
      importsOf(readFileSync(join(project.installed, 'dist', name), 'utf8')),
    );
    expect(imports.length).toBeGreaterThan(10);
    expect(imports.filter((what) => !/^\.\/[a-z-]+\.js$/.test(String(what)))).toEqual([]);
  });

  it('gives out its program, its types and what every package has, and nothing else', () => {
    const dist = sources.flatMap((name) => {
      const stem = name.replace(/\.ts$/, '');
      return [`dist/${stem}.d.ts`, `dist/${stem}.js`];
    });
    const expected = [...dist, 'LICENSE', 'README.md', 'package.json'].sort();
    expect(project.packedFiles).toEqual(expected);
  });

  it('depends on nothing and is of the version of the service', () => {
    const { name, version, license, scripts, ...rest } = JSON.parse(
      readFileSync(join(CLIENT, 'package.json'), 'utf8'),
    ) as Record<string, unknown>;
    expect([name, version, license]).toEqual(['@cardpress/client', packageInfo.version, 'MIT']);
    expect(Object.keys(rest).filter((key) => /dependencies/i.test(key))).toEqual([]);
    // None that an installation would run.
    expect(Object.keys(scripts as object)).toEqual(['build', 'prepack']);
  });

  it('runs with what the web has, without anything of Node', async () => {
    // A realm has the language alone; what the client uses of the web is handed in by name.
    const web = { crypto, TextEncoder, TextDecoder, URL, URLSearchParams, btoa, atob };
    const realm = createContext({ ...web, AbortController, setTimeout, clearTimeout, Headers });
    const modules = new Map<string, SourceTextModule>();
    const load = (name: string): SourceTextModule => {
      const known = modules.get(name);
      if (known) return known;
      const file = join(project.installed, 'dist', name);
      const made = new SourceTextModule(readFileSync(file, 'utf8'), {
        context: realm,
        identifier: file,
      });
      modules.set(name, made);
      return made;
    };
    const main = load('main.js');
    await main.link((name) => load(name));
    await main.evaluate();
    const { imageUrl, pageMeta, createClient } =
      main.namespace as typeof import('../../../clients/js/src/main.js');
    const url = await imageUrl({
      baseUrl: 'https://cards.example.com',
      template: 'article',
      data: { title: 'Hello' },
      signingKey: '0'.repeat(64),
    });
    expect(url).toMatch(
      /^https:\/\/cards\.example\.com\/i\/article\.png\?title=Hello&sig=[\w-]{43}$/,
    );
    expect(pageMeta({ url, width: 1200, height: 630 }).tags).toHaveLength(7);
    const fetched: string[] = [];
    const client = createClient({
      baseUrl: 'https://cards.example.com',
      apiKey: 'key',
      fetch: async (input) => {
        fetched.push(String(input));
        return new Response('{"items":[]}');
      },
    });
    expect(await client.templates.list()).toEqual({ items: [] });
    expect(fetched).toEqual(['https://cards.example.com/v1/templates']);
  });

  it('is found by its name in Node, and by TypeScript with its types', () => {
    const code = `import { imageUrl, createClient } from '@cardpress/client';
      console.log(typeof imageUrl, typeof createClient);`;
    project.write('use.mjs', code);
    const { stdout } = spawnSync(process.execPath, ['use.mjs'], {
      cwd: project.folder,
      encoding: 'utf8',
    });
    expect(stdout).toBe('function function\n');

    const typed = (body: string) => `import { createClient } from '@cardpress/client';
      const client = createClient({ baseUrl: 'https://a.example', apiKey: 'k' });
      export const made = await client.images.create(${body});
      export const shown: string = made.url;
      export const set = await client.images.create({ template: 't', data: {}, sizes: ['og'] });
      export const first: string | undefined = set.images[0]?.url;`;
    const options = { strict: true, exactOptionalPropertyTypes: true, module: 'NodeNext' };
    const compilerOptions = { ...options, target: 'ES2022', lib: ['ES2022', 'DOM'], types: [] };
    const config = { compilerOptions, files: ['use.ts'] };
    project.write('use.ts', typed("{ template: 't', data: {}, size: undefined, wait: 5 }"));
    expect(project.check(config)).toBe('');
    project.write('use.ts', typed("{ template: 't', data: {}, wait: '5' }"));
    expect(project.check(config)).toContain("'string' is not assignable to type 'number'");
  });
});
