import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { projectWithClient, ROOT } from './built-client.js';
import { ASTRO_GLOBAL, ASTRO_TYPES, NEXT_TYPES } from './framework-types.js';

const PAGES = ['docs/frameworks/nextjs.md', 'docs/frameworks/astro.md', 'clients/js/README.md'];

interface Example {
  path: string;
  code: string;
}

/** The code blocks of a page; what they are called stands in their first line, or nowhere. */
function examplesOf(page: string): Example[] {
  const blocks = readFileSync(join(ROOT, page), 'utf8').matchAll(
    /```(ts|tsx|js|astro)\n([\s\S]*?)```/g,
  );
  return [...blocks].map(([, kind, code = ''], i) => {
    const [, named] = /^(?:---\n)?\/\/ (\S+)\n/.exec(code) ?? [];
    return { path: named ?? `example-${i}.${kind}`, code };
  });
}

/**
 * An Astro component as TypeScript sees it: the script between the dashes, then the markup, which
 * is JSX but for what the examples do without. Its path of import stays as it is.
 */
function asTsx(code: string): string {
  const [, script = '', markup = ''] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(code) ?? [];
  const props = /interface Props/.test(script)
    ? 'Props'
    : "{ post: import('astro:content').CollectionEntry<'blog'> }";
  const component = /interface Props/.test(script) ? 'Props' : 'object';
  return `${script}\n${ASTRO_GLOBAL(props)}
    const markup = <>${markup}</>;
    declare const component: (props: ${component} & { children?: unknown }) => object;
    export { markup }; export default component;`;
}

let project: ReturnType<typeof projectWithClient>;
beforeAll(() => {
  project = projectWithClient();
});
afterAll(() => project?.remove());

/** What each page must not be able to say, as texts that take the place of right ones. */
const WRONG: Record<string, [string, string][]> = {
  'docs/frameworks/nextjs.md': [
    ['cards.pages.put', 'cards.pages.send'],
    ["template: 'article',", "layout: 'article',"],
    ['openGraph, twitter };', 'opengraph, twitter };'],
  ],
  'docs/frameworks/astro.md': [
    ['meta={meta}', 'tags={meta}'],
    ['meta.tags.map', 'meta.tag.map'],
    ["from '../../lib/press-card'", "from '../lib/press-card'"],
  ],
  'clients/js/README.md': [['error.requestId', 'error.request']],
};

/** Type-checks a page's examples, right and made wrong, each in a folder; the folders with errors. */
function foldersWithErrors(page: string, variants: Record<string, [string, string]>): string[] {
  const folder = page.replace(/\W/g, '-');
  for (const [name, [from, to]] of Object.entries(variants)) {
    for (const { path, code } of examplesOf(page)) {
      const isAstro = path.endsWith('.astro');
      const right = isAstro ? asTsx(code) : code;
      const text = from === '' ? right : right.replaceAll(from, to);
      // `./X.astro` is found as `X.astro.tsx` by its name without the ending.
      project.write(`${folder}/${name}/${path}${isAstro ? '.tsx' : ''}`, text);
    }
  }
  const types = page.includes('astro') ? ASTRO_TYPES : NEXT_TYPES;
  project.write(`${folder}/frameworks.d.ts`, types);
  const output = project.check({
    compilerOptions: {
      ...{ target: 'ES2022', module: 'ESNext', moduleResolution: 'Bundler', jsx: 'preserve' },
      ...{ lib: ['ES2022', 'DOM', 'DOM.Iterable'], types: [], allowJs: true, checkJs: true },
      ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
    },
    include: [folder],
  });
  const lines = output.split('\n').filter((line) => line.includes('error TS'));
  return [...new Set(lines.map((line) => line.split('/')[1] ?? line))].sort();
}

describe('the examples', () => {
  it.each(PAGES)('of %s fit the client and the framework, and nothing else would', (page) => {
    expect(examplesOf(page).length).toBeGreaterThanOrEqual(5);
    const wrong = (WRONG[page] ?? []).map((change, i) => [`wrong-${i}`, change] as const);
    const variants = { right: ['', ''] as [string, string], ...Object.fromEntries(wrong) };
    expect(foldersWithErrors(page, variants)).toEqual(wrong.map(([name]) => name));
  });

  it('keep keys from browsers', () => {
    for (const page of PAGES) {
      for (const { code } of examplesOf(page)) expect(code).not.toMatch(/(NEXT_)?PUBLIC_/);
    }
    const next = examplesOf('docs/frameworks/nextjs.md').filter(({ code }) =>
      /CARDPRESS_\w+_KEY|CARDPRESS_API/.test(code),
    );
    expect(next.map(({ path }) => path)).toEqual(['lib/cards.ts']);
    expect(next[0]?.code).toContain("import 'server-only';");
  });
});
