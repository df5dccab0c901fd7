import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright';
import { AppError } from '../../../src/errors/app-error.js';
import { createPrepare } from '../../../src/images/prepare.js';
import { type FolderRegistry, loadFolderRegistry } from '../../../src/library/folder-registry.js';
import { cleanText, graphemeCount } from '../../../src/templates/clean-text.js';
import type { FieldValue, Template } from '../../../src/templates/template.js';
import { bareTemplate, type Engine, startEngine } from '../../support/engine.js';
import { isFullRun } from '../../support/fault-scale.js';
import { injectionCorpus } from '../../support/injection-corpus.js';
import { type DocumentShape, shapesOf } from '../../support/injection-documents.js';
import { E2E_TEMPLATES } from '../../support/service-environment.js';
import {
  manifestJson,
  temporaryDirectory,
  writeFiles,
} from '../../support/templates/template-files.js';

/*
 * Whatever is written into a field is text: the document that the browser makes of it has the nodes
 * and attributes that it has with a harmless value, in every template and with every field.
 */

const BUNDLED = join(import.meta.dirname, '../../../templates');

/** Every kind of place that a text may stand in, and every helper that takes text. */
const EVERY_SLOT = `
{{#if shown}}<img src="{{logo}}" alt="{{title}}">{{/if}}
<div style="color:{{accent}};width:{{share}}%;background:url({{logo}})">{{day}} {{theme}}</div>
<div class="a {{theme}} {{title}} {{lower title}}" title='{{title}}' data-x="{{first list}} {{title}}" aria-label="{{join list ", "}}">
  <p lang="{{title}}" dir="auto">{{title}}</p><p>{{long}}</p>
  {{#each list}}<b data-i="{{@index}}" title="{{this}}">{{this}}</b>{{/each}}
  {{#each people}}<i title="{{name}}">{{name}}</i>{{/each}}
  <u>{{upper title}} {{lower title}} {{initials title}} {{hyphenate title "de"}} {{default title "x"}} {{link}}</u>
  <svg viewBox="0 0 9 9"><title>{{title}}</title><text x="1">{{title}}</text><desc>{{long}}</desc></svg>
  <textarea>{{title}}</textarea><table><tr><td title="{{long}}">{{title}}</td></tr></table>
  <math><mi>{{title}}</mi></math><select><option value="{{title}}">{{title}}</option></select>
</div>`;

let engine: Engine;
let page: Page;
let own: { path: string; remove(): Promise<void> };
const registries: FolderRegistry[] = [];
let templates: Template[];
let prepare: ReturnType<typeof createPrepare>;

beforeAll(async () => {
  own = await temporaryDirectory();
  const text = (type: string, more = {}) => ({ type, label: type, fallback: '', ...more });
  await writeFiles(join(own.path, 'every-slot'), {
    'template.json': JSON.stringify(
      manifestJson({
        fields: {
          title: text('text', { required: true, fallback: undefined }),
          long: text('longtext'),
          list: { type: 'list', label: 'List' },
          people: { type: 'list', label: 'People', items: { name: 'text' } },
          link: text('url'),
          logo: { type: 'image', label: 'Logo' },
          accent: { type: 'color', label: 'Accent' },
          share: { type: 'number', label: 'Share' },
          day: { type: 'date', label: 'Day' },
          theme: { type: 'choice', label: 'Theme', choices: ['light', 'dark'] },
          shown: { type: 'boolean', label: 'Shown' },
        },
      }),
    ),
    'template.hbs': EVERY_SLOT,
    'style.css': '',
    'sample.json': JSON.stringify({ title: 'x' }),
  });
  for (const directory of [BUNDLED, E2E_TEMPLATES, own.path]) {
    const registry = await loadFolderRegistry({ directory, intervalMs: 0 });
    expect(registry.problems()).toEqual([]);
    registries.push(registry);
  }
  templates = registries.flatMap((registry) => registry.list()).map(readAsWritten);
  const get = (id: string) => {
    const found = templates.find((template) => template.id === id);
    if (!found) throw new Error(`no template ${id}`);
    return found;
  };
  prepare = createPrepare({
    registry: {
      get,
      load: async () => undefined,
      getVersion: async (id) => get(id),
      list: () => templates,
    },
    idKey: Buffer.alloc(32),
  });
  // A frame within a page, which is the harder case: in it scripts are held off by its sandbox.
  engine = await startEngine({ captureWay: 'element' });
  await engine.draw(bareTemplate(), 'opens a page');
  const [opened] = engine.pages();
  if (!opened) throw new Error('The engine has no page.');
  page = opened;
});
afterAll(async () => {
  await engine?.stop();
  await Promise.all(registries.map((registry) => registry.close()));
  await own?.remove();
});

/** HTML in text is mended before it is drawn; here all of it is to reach the page. */
function readAsWritten(template: Template): Template {
  const fields = Object.entries(template.manifest.fields).map(([name, spec]) => {
    const isText = ['text', 'longtext', 'list'].includes(spec.type);
    return [name, isText ? { ...spec, as_written: true } : spec];
  });
  return { ...template, manifest: { ...template.manifest, fields: Object.fromEntries(fields) } };
}

type Data = Record<string, unknown>;

/** The complete fields, or the paths of what was refused. */
function resolved(template: Template, data: Data) {
  try {
    return { fields: prepare({ template: template.id, data }).spec.fields };
  } catch (error) {
    if (error instanceof AppError && error.errors) return { refused: error.errors };
    throw error;
  }
}

/** As the worker would make it, with a picture in each image field. */
function bodyOf(template: Template, fields: Record<string, FieldValue>): string {
  const pictures = Object.entries(template.manifest.fields)
    .filter(([name, { type }]) => type === 'image' && fields[name])
    .map(([name]): [string, string] => [name, '/p/0123456789abcdef']);
  return template.body(fields, new Map(pictures));
}

const namesOf = (template: Template, ...types: string[]) =>
  Object.entries(template.manifest.fields)
    .filter(([, { type }]) => types.includes(type))
    .map(([name]) => name);

/** The value in the form that the field takes, wherever in it text may stand. */
function filled(template: Template, name: string, value: string): unknown {
  const { type, items } = template.manifest.fields[name] ?? {};
  if (type !== 'list') return value;
  if (typeof items !== 'object') return [value, value];
  const parts = Object.entries(items).filter(([, kind]) => kind === 'text');
  return [Object.fromEntries(parts.map(([part]) => [part, value]))];
}

const isEmpty = (value: FieldValue | undefined) =>
  value === '' ||
  value === null ||
  value === undefined ||
  (Array.isArray(value) && value.length === 0);

/** The text that a field shows, or that of the first entry of a list. */
function firstText(value: FieldValue | undefined): string {
  const [first] = [value].flat();
  const text = first !== null && typeof first === 'object' ? Object.values(first)[0] : first;
  return String(text ?? '');
}

/**
 * As long as the text, in graphemes and in code points: designs may ask how long a text is, and for
 * nothing else about it.
 */
function harmlessTwin(like: string): string {
  const graphemes = graphemeCount(like);
  const marks = '\u0331'.repeat(Array.from(like).length - graphemes);
  return `m${marks}${'m'.repeat(Math.max(0, graphemes - 1))}`;
}

/** What is left of it as text: nothing, of what nobody could see. */
const isVisible = (value: string) => cleanText(value, { lines: true }).text !== '';

describe('text', () => {
  const ids = [BUNDLED, E2E_TEMPLATES].flatMap((folder) => readdirSync(folder));

  it.each([...ids, 'every-slot'])(
    'stays text in %s: no node, attribute or address comes of any value, in any field',
    async (id) => {
      const template = templates.find((one) => one.id === id);
      if (!template) throw new Error(`${id} is not loaded.`);
      const names = namesOf(template, 'text', 'longtext', 'list');
      const visible = injectionCorpus.filter(isVisible);
      expect(visible.length).toBeGreaterThan(80);
      // In the short run each value meets every other template.
      const values = visible.filter(
        (_, i) => isFullRun || (i + templates.indexOf(template)) % 2 === 0,
      );
      // Each value comes once into each field: the fields go round the corpus, one step apart.
      const fill = (first: number) =>
        names.map((name, i): [string, string] => [
          name,
          values[(first + i) % values.length] as string,
        ]);
      const dataOf = (pairs: [string, string][]) => ({
        ...template.sample,
        ...Object.fromEntries(pairs.map(([name, value]) => [name, filled(template, name, value)])),
      });
      const fieldsOf = (pairs: [string, string][]) => {
        const { fields, refused } = resolved(template, dataOf(pairs));
        if (!fields) throw new Error(`${id} refuses ${JSON.stringify([refused, pairs])}`);
        return fields;
      };
      const cases = values.map((_, first) => {
        const pairs = fill(first);
        const fields = fieldsOf(pairs);
        const twin = fieldsOf(names.map((name) => [name, harmlessTwin(firstText(fields[name]))]));
        return { pairs, fields, body: bodyOf(template, fields), twin: bodyOf(template, twin) };
      });
      const shapes = await shapesOf(
        page,
        cases.map(({ body }) => body),
      );
      const twins = await shapesOf(
        page,
        cases.map(({ twin }) => twin),
      );
      let verbatim = 0;
      const broken = cases.filter(({ fields }, i) => {
        const shape = shapes[i] as DocumentShape;
        const plain = twins[i] as DocumentShape;
        const shown = (name: string) => shape.shown.includes(firstText(fields[name]));
        if (names.some(shown)) verbatim += 1;
        return shape.skeleton !== plain.skeleton || shape.behaviour !== plain.behaviour;
      });
      expect(broken.map(({ pairs }) => JSON.stringify(pairs).slice(0, 2_000))).toEqual([]);
      // The control: what was compared was really shown.
      expect([names.length > 0, verbatim > values.length / 2]).toEqual([
        names.length > 0,
        names.length > 0,
      ]);
    },
    120_000,
  );

  it('would be seen if it were more than text', async () => {
    const [plain, injected] = await shapesOf(page, [
      '<p class="a">in</p>',
      '<p class="a"><b>in</b></p>',
    ]);
    expect(injected?.skeleton).not.toBe(plain?.skeleton);
    const [quoted, broken] = await shapesOf(page, [
      '<p class="a &quot; onload=x">a</p>',
      '<p class="a " onload=x">a</p>',
    ]);
    expect(broken?.skeleton).not.toBe(quoted?.skeleton);
  });
});

describe('what is no text', () => {
  /** What a value of the type is, once it is taken. */
  const safe: Record<string, (value: unknown, template: Template, name: string) => boolean> = {
    color: (value) => /^#(?:[0-9a-f]{6}|[0-9a-f]{8})$/.test(String(value)),
    number: (value) => typeof value === 'number' && Number.isFinite(value),
    boolean: (value) => typeof value === 'boolean',
    date: (value) =>
      /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?$/.test(String(value)),
    choice: (value, template, name) =>
      template.manifest.fields[name]?.choices?.includes(String(value)) ?? false,
    url: (value) => /^https?:\/\/[^\s<>"\\]+$/.test(String(value)),
    image: (value, template) =>
      /^(?:https?:\/\/[^\s<>"\\]+|data:image\/[a-z+]+[!-~ ]*)$/.test(String(value)) ||
      template.assets.has(String(value).replace(/^asset:/, '')),
  };

  it('is refused, or comes out in a form that is safe where the template shows it', async () => {
    const wrong: string[] = [];
    const stopped = new Set<string>();
    for (const template of templates) {
      for (const [type, isSafe] of Object.entries(safe)) {
        for (const name of namesOf(template, type)) {
          for (const value of injectionCorpus) {
            const { fields, refused } = resolved(template, { ...template.sample, [name]: value });
            if (refused || fields[name] !== value) stopped.add(type);
            if (refused) {
              if (refused.some(({ path }) => path !== `data.${name}`))
                wrong.push(`${template.id}.${name}: ${value}`);
            } else if (!isEmpty(fields[name]) && !isSafe(fields[name], template, name)) {
              wrong.push(
                `${template.id}.${name}: ${JSON.stringify(value)} -> ${JSON.stringify(fields[name])}`,
              );
            }
          }
        }
      }
    }
    expect(wrong).toEqual([]);
    expect([...stopped].sort()).toEqual(Object.keys(safe).sort());
  });
});

describe('drawn', () => {
  it('all at once in a live page, each template shows its own nodes alone', async () => {
    const nasty = injectionCorpus.filter((value) => value.length < 60 && /[<"'`{]/.test(value));
    for (const template of templates) {
      const names = namesOf(template, 'text', 'longtext', 'list');
      const data = (textOf: (name: string, i: number) => string) => ({
        ...template.sample,
        ...Object.fromEntries(
          names.map((name, i) => [name, filled(template, name, textOf(name, i))]),
        ),
      });
      const { fields } = resolved(
        template,
        data((_, i) => nasty[i % nasty.length] ?? ''),
      );
      if (!fields) throw new Error(`${template.id} refuses the corpus.`);
      const { fields: harmless } = resolved(
        template,
        data((name) => harmlessTwin(firstText(fields[name]))),
      );
      const { pixels } = await engine.draw(template, bodyOf(template, fields));
      expect(pixels.length).toBeGreaterThan(100);
      const live = await Promise.all(
        engine.frames().map(async (one) => {
          return shapesOf(one, [await one.evaluate(() => document.body.innerHTML)]);
        }),
      );
      const [last] = engine.pages();
      if (!last || !harmless) throw new Error(`${template.id} was not drawn.`);
      const [plain] = await shapesOf(last, [bodyOf(template, harmless)]);
      const shapes = live.flat();
      // Fitting writes font sizes into the elements, typesetting puts an element of its own around parts.
      const bare = (skeleton: string) => skeleton.replaceAll(/ (?:@style|CARDPRESS-PART)/g, '');
      expect(shapes.map(({ skeleton }) => bare(skeleton))).toContain(
        bare(plain?.skeleton ?? 'none'),
      );
    }
  }, 120_000);
});
