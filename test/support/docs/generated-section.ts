import { readFile } from 'node:fs/promises';
import { withSection } from '../../../scripts/generate/marked-section.js';

/** A page of docs/ as it is, and as it should be with `content` in its section `name`. */
export async function generatedSection(page: string, name: string, content: string) {
  const actual = await readFile(new URL(`../../../docs/${page}`, import.meta.url), 'utf8');
  return { actual, expected: withSection(actual, name, content) };
}
