import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { fieldJsonSchema } from '../../../src/templates/field-schema.js';
import {
  type FieldTypeName,
  fieldTypeNames,
  fieldTypes,
} from '../../../src/templates/field-types/field-types.js';
import type { FieldSpec } from '../../../src/templates/manifest.js';
import { templateWith } from '../../support/templates/template-files.js';

/* What every type of field must keep to, whichever there are. */

const CONTEXT = { templateAssets: new Set(['assets/portrait.png']) };

/** Of each type: options that it needs, what is read, and what cannot be. */
const EXAMPLES: Record<
  FieldTypeName,
  { options?: Partial<FieldSpec>; good: unknown; bad: unknown }
> = {
  text: { good: '  a  b ', bad: Number.NaN },
  longtext: { good: 'a\n\nb', bad: Number.NaN },
  image: { good: 'asset:portrait.png', bad: 'portrait (final).jpg' },
  color: { good: 'rgb(1 2 3)', bad: 'no colour' },
  number: { good: '1 234,5', bad: 'many' },
  date: { good: '21 November 2026', bad: '03/04/2026' },
  url: { good: 'example.com/a', bad: 'nowhere' },
  choice: { options: { choices: ['Dark', 'light'] }, good: 'dark', bad: 'blue' },
  list: { options: { items: 'number' }, good: '1, 2', bad: 'x' },
  boolean: { good: 'yes', bad: 'perhaps' },
  qr: { options: { symbology: 'ean13' }, good: '978-3-16-148410-0', bad: '4006381333932' },
  locale: { good: 'pt_br', bad: 'Deutsch!' },
};

describe.each(fieldTypeNames)('the field type %s', (name) => {
  const type = fieldTypes[name];
  const { options, good, bad } = EXAMPLES[name];
  const spec: FieldSpec = { type: name, label: 'Field', ...options };
  const read = (value: unknown) => type.read(spec, value, CONTEXT);

  it('reads what it gave as the same', () => {
    const first = read(good);
    if (first.kind !== 'value') throw new Error(JSON.stringify(first));
    expect(read(first.value)).toEqual({ kind: 'value', value: first.value, notes: [] });
  });

  it('says in a sentence what is wrong with a value', () => {
    const wrong = read(bad);
    if (wrong.kind !== 'invalid_data') throw new Error(JSON.stringify(wrong));
    expect(wrong.message).toMatch(/^\S.*\.$/);
    expect(read({}).kind).toBe('mistake');
  });

  it('has an empty value that is empty to read, or says something', () => {
    const empty = type.empty();
    if (empty === null || empty === false) return;
    expect(read(empty)).toEqual({ kind: 'empty', notes: [] });
    expect(type.empty()).toEqual(empty);
  });

  it('has a schema that takes what it reads, and a control for forms', () => {
    const template = templateWith({ field: { type: name, ...options } });
    const schema = fieldJsonSchema(template.manifest);
    const value = read(good);
    const validator = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
    const given = value.kind === 'value' && name !== 'image' ? value.value : good;
    expect(validator.safeParse({ field: given }).error).toBeUndefined();
    expect(schema.properties).toMatchObject({
      field: { 'x-cardpress': { type: name, control: type.control } },
    });
  });

  it('holds awkward data in every kind that it asks for', () => {
    for (const kind of type.edges.asksFor(spec)) expect(type.edges.values[kind]).toBeDefined();
    for (const { value, mayBeRefused } of type.edges.own) {
      expect(read(value(spec, good)).kind).toBe(mayBeRefused ? 'invalid_data' : 'value');
    }
  });

  it('takes no address from anybody: what is shown or scanned must not lead elsewhere', () => {
    if (type.mayVary === false || !type.asset) return;
    expect(type.mayVary({ type: name, label: 'Field' }, 'https://evil.example/')).toBe(false);
  });
});
