import { readFileSync } from 'node:fs';

/** A number of the code that nothing else asks for: `const NAME = 256 * MEGABYTE;` */
export function constantIn(file: string, name: string): number {
  const text = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
  const value = new RegExp(`\\bconst ${name} = ([\\d_ *A-Z]+);`).exec(text)?.[1];
  if (value === undefined) throw new Error(`${file} has no number ${name}`);
  return value
    .replaceAll('_', '')
    .replace('MEGABYTE', '1048576')
    .split('*')
    .reduce((product, factor) => product * Number(factor.trim()), 1);
}
