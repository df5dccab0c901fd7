import { readFileSync } from 'node:fs';

export interface Annotation {
  paths: string[];
  copyright: string;
  licence: string;
  /** What it shows and where it comes from; empty where it does not say. */
  comment: string;
}

const strings = (text: string) =>
  [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, one = '']) => one);

/** REUSE.toml as far as we use TOML: tables of strings and of lists of strings. */
export function reuseAnnotations(): Annotation[] {
  const text = readFileSync(new URL('../../../REUSE.toml', import.meta.url), 'utf8');
  const tables = text.replaceAll(/^#.*$/gm, '').split('[[annotations]]').slice(1);
  return tables.map((table) => {
    const value = (name: string) =>
      strings(new RegExp(`^${name} = ("[^\\n]*"|\\[[^\\]]*\\])`, 'm').exec(table)?.[1] ?? '');
    const [copyright = ''] = value('SPDX-FileCopyrightText');
    const [licence = ''] = value('SPDX-License-Identifier');
    const [comment = ''] = value('SPDX-FileComment');
    return { paths: value('path'), copyright, licence, comment };
  });
}

/** A path of REUSE: `*` stops at a slash, `**` does not. */
export function matches(path: string, file: string): boolean {
  const pattern = path
    .split(/(\*\*|\*)/)
    .map((part) =>
      part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('');
  return new RegExp(`^${pattern}$`).test(file);
}

/** The annotation that counts for a file: the last one that fits. */
export function annotationOf(annotations: Annotation[], file: string): Annotation | undefined {
  return annotations.findLast(({ paths }) => paths.some((path) => matches(path, file)));
}
