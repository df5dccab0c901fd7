import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const folder = new URL('../../../docs/publishing/', import.meta.url);
const templates = new URL('../../../templates/', import.meta.url);

interface SourceExample {
  page: string;
  template: string;
  map: Record<string, string>;
}

/** Every JSON block of a page that sets a source up. */
function examplesOf(page: string): SourceExample[] {
  const text = readFileSync(new URL(page, folder), 'utf8');
  return [...text.matchAll(/```\w*\n([\s\S]*?)```/g)].flatMap(([, block = '']) => {
    const json = /\{[\s\S]*"template"[\s\S]*\}/.exec(block)?.[0];
    if (json === undefined) return [];
    const { template, map } = JSON.parse(json) as Omit<SourceExample, 'page'>;
    return map ? [{ page, template, map }] : [];
  });
}

const examples = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .flatMap(examplesOf);

describe('the sources that docs/publishing sets up', () => {
  it('are found in the pages', () => expect(examples.length).toBeGreaterThanOrEqual(5));

  it.each(examples)('$page maps fields that $template has', ({ template, map }) => {
    const file = new URL(`${template}/template.json`, templates);
    const { fields } = JSON.parse(readFileSync(file, 'utf8')) as { fields: object };
    expect(Object.keys(fields)).toEqual(expect.arrayContaining(Object.keys(map)));
  });
});
