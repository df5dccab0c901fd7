import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildTemplate } from '../../../src/templates/load-template.js';
import { type FieldSpec, manifestSchema } from '../../../src/templates/manifest.js';
import type { Template } from '../../../src/templates/template.js';

/** One transparent pixel. */
export const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

export type Files = Record<string, string | Buffer>;

export function manifestJson(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: 'Article',
    description: 'A card for an article',
    sizes: { og: [1200, 630] },
    default_size: 'og',
    fields: { title: { type: 'text', label: 'Title', required: true } },
    ...overrides,
  };
}

/** The files of a small template that is valid; `overrides` replaces or adds files. */
export function templateFiles(overrides: Files = {}): Files {
  return {
    'template.json': JSON.stringify(manifestJson(), null, 2),
    'template.hbs': '<h1 data-fit data-field="title">{{title}}</h1>\n',
    'style.css': 'h1 { color: #123456 }\n',
    'sample.json': '{ "title": "Hello" }\n',
    ...overrides,
  };
}

export function buffers(files: Files): Map<string, Buffer> {
  return new Map(Object.entries(files).map(([path, body]) => [path, Buffer.from(body)]));
}

/** A template in memory with these fields, its pictures under `assets/`. */
export function templateWith(fields: Record<string, Partial<FieldSpec>>, body = ''): Template {
  const complete = Object.entries(fields).map(([name, spec]) => [name, { label: name, ...spec }]);
  const manifest = manifestSchema.parse(manifestJson({ fields: Object.fromEntries(complete) }));
  const { template } = buildTemplate(
    'test',
    buffers(
      templateFiles({
        'template.json': JSON.stringify(manifestJson({ fields: {} })),
        'template.hbs': body,
        'sample.json': '{}',
        'assets/portrait.png': PIXEL,
        'assets/note.txt': 'no picture',
      }),
    ),
  );
  if (!template) throw new Error('The fixture is not a valid template.');
  return { ...template, manifest };
}

export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, body] of Object.entries(files)) {
    const absolute = join(folder, path);
    await mkdir(dirname(absolute), { recursive: true });
    await writeFile(absolute, body);
  }
}

export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'cardpress-templates-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
