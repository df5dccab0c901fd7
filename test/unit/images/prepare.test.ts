import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import { createPrepare, type ImageRequest } from '../../../src/images/prepare.js';
import type { Template, TemplateRegistry } from '../../../src/templates/template.js';
import { templateWith } from '../../support/templates/template-files.js';

function named(id: string, template: Template, more: Partial<Template['manifest']> = {}): Template {
  return { ...template, id, manifest: { ...template.manifest, ...more } };
}

const card = named(
  'card',
  templateWith({
    title: { type: 'text', required: true },
    count: { type: 'number', fallback: 0 },
    tag: { type: 'text', default: 'News' },
  }),
  { sizes: { og: [1200, 630], square: [1080, 1080] } },
);
const lesser = named('lesser', templateWith({ tag: { type: 'text' } }), {
  sizes: { wide: [1080, 1080], og: [600, 315] },
});
const generic = named('generic', templateWith({}));

function registryOf(...templates: Template[]): TemplateRegistry {
  return {
    get(id) {
      const found = templates.find((template) => template.id === id);
      if (!found) throw new AppError('template_not_found', { detail: id });
      return found;
    },
    load: async () => undefined,
    getVersion: async () => undefined,
    list: () => templates,
  };
}

const prepareIn = (...templates: Template[]) =>
  createPrepare({ registry: registryOf(...templates), idKey: Buffer.from('key') });
const prepare = prepareIn(card, lesser, generic);
const ask = (more: Partial<ImageRequest> = {}): ImageRequest => ({
  template: 'card',
  data: { title: 'Hello' },
  ...more,
});
const idOf = (more: Partial<ImageRequest>) => prepare(ask(more)).id;

describe('equal requests', () => {
  it('have equal ids, however much of them is left to the defaults', () => {
    const { id, spec, key } = prepare(ask());
    expect(key).toContain(id);
    expect(idOf({ size: 'og' })).toBe(id);
    expect(idOf({ output: { format: 'png', scale: 1 } })).toBe(id);
    // PNG has no quality.
    expect(idOf({ output: { quality: 50 } })).toBe(id);
    expect(idOf({ data: { title: ' Hello ', tag: 'News' } })).toBe(id);
    expect(spec.output).toEqual({ format: 'png', scale: 1, quality: 0, maxBytes: 0 });
    expect(idOf({ output: { format: 'jpeg' } })).toBe(
      idOf({ output: { format: 'jpeg', quality: 85 } }),
    );
    expect(idOf({ output: { format: 'webp' } })).toBe(
      idOf({ output: { format: 'webp', quality: 82 } }),
    );
  });

  it('differ from others', () => {
    const ids = [
      idOf({}),
      idOf({ size: 'square' }),
      idOf({ data: { title: 'Hello!' } }),
      idOf({ output: { format: 'jpeg' } }),
      idOf({ output: { format: 'jpeg', quality: 84 } }),
      idOf({ output: { scale: 3 } }),
      idOf({ output: { max_bytes: 100_000 } }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('output presets', () => {
  it('set format and byte limit, where the caller does not', () => {
    expect(prepare(ask({ output: { for: 'whatsapp' } })).spec.output).toMatchObject({
      format: 'jpeg',
      maxBytes: 300_000,
    });
    expect(
      prepare(ask({ output: { for: 'whatsapp', format: 'webp', max_bytes: 900_000 } })).spec.output,
    ).toMatchObject({ format: 'webp', maxBytes: 300_000 });
    expect(prepare(ask({ output: { for: 'email', max_bytes: 50_000 } })).spec.output.maxBytes).toBe(
      50_000,
    );
  });
});

describe('data that breaks the rules', () => {
  it('is refused, with every mistake', () => {
    const act = () => prepare(ask({ data: { titel: 'x', count: 'many' } }));
    expect(act).toThrow(AppError);
    try {
      act();
    } catch (error) {
      const { code, errors } = error as AppError;
      expect(code).toBe('invalid_data');
      expect(errors?.map(({ path }) => path).sort()).toEqual(['data.titel', 'data.title']);
    }
  });

  it('is stepped in for with on_missing: fallback, by the nearest template that can', () => {
    const withNearer = { ...card, manifest: { ...card.manifest, fallback_template: 'lesser' } };
    const { spec, warnings } = prepareIn(
      withNearer,
      lesser,
      generic,
    )(ask({ data: { title: '', tag: 'Kept' }, onMissing: 'fallback', size: 'square' }));
    expect(spec.templateId).toBe('lesser');
    expect(spec.fields).toEqual(Object.assign(Object.create(null), { tag: 'Kept' }));
    // Of the same shape, though not of the same name.
    expect(spec.size).toEqual({ name: 'wide', widthPx: 1080, heightPx: 1080 });
    expect(warnings[0]).toMatchObject({ code: 'fallback_template_used', severity: 'error' });
  });

  it('ends with the generic template, and is refused where there is none', () => {
    const empty = ask({ data: {}, onMissing: 'fallback' });
    expect(prepare(empty).spec.templateId).toBe('generic');
    expect(() => prepareIn(card)(empty)).toThrow(/invalid_data/);
  });

  it('is never stepped in for where the call itself is wrong', () => {
    const wrong = ask({ data: { titel: 'x' }, onMissing: 'fallback' });
    expect(() => prepare(wrong)).toThrow(/Did you mean "title"/);
  });

  it('is mended, refused or reviewed, as on_missing says', () => {
    const data = { title: 'x', count: 'many' };
    const mended = prepare(ask({ data }));
    expect(mended.spec.fields.count).toBe(0);
    expect(mended.needsReview).toBe(false);
    expect(mended.warnings).toHaveLength(1);
    expect(() => prepare(ask({ data, onMissing: 'reject' }))).toThrow(/invalid_data/);
    expect(prepare(ask({ data, onMissing: 'review' })).needsReview).toBe(true);
    const clean = { title: 'x', count: 1 };
    expect(prepare(ask({ data: clean, onMissing: 'review' })).needsReview).toBe(false);
  });
});

describe('an unknown size', () => {
  it.each(['suare', 'constructor', '__proto__'])(
    'is refused with the sizes there are: %s',
    (size) => {
      expect(() => prepare(ask({ size }))).toThrow(/Its sizes are: og, square\./);
    },
  );
});
