import { readFile, writeFile } from 'node:fs/promises';

/**
 * A page of docs/ whose section between `<!-- name: generated -->` and `<!-- /name -->` comes from
 * code. Returns the page as it is and as it should be; UPDATE_DOCS=true writes it anew.
 */
export async function generatedSection(
  page: string,
  name: string,
  content: string,
): Promise<{ actual: string; expected: string }> {
  const file = new URL(`../../../docs/${page}`, import.meta.url);
  const text = await readFile(file, 'utf8');
  const [start, end] = [`<!-- ${name}: generated -->\n`, `<!-- /${name} -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < 0) throw new Error(`docs/${page} has no section "${name}"`);
  const expected = `${text.slice(0, from + start.length)}\n${content}\n\n${text.slice(to)}`;
  if (process.env.UPDATE_DOCS === 'true') {
    await writeFile(file, expected);
    return { actual: expected, expected };
  }
  return { actual: text, expected };
}
