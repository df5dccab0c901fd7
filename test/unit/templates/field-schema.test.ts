import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { fieldJsonSchema } from '../../../src/templates/field-schema.js';
import { resolveFields } from '../../../src/templates/resolve-fields.js';
import { templateWith } from '../../support/templates/template-files.js';

const template = templateWith({
  title: {
    type: 'text',
    label: 'Title',
    description: 'The headline',
    required: true,
    max_length: 5,
  },
  body: { type: 'longtext', label: 'Body', required: true, fallback: 'x' },
  logo: { type: 'image', label: 'Logo', required: true, on_error: 'hide', box: [100, 50] },
  accent: { type: 'color', label: 'Accent', default: '#ff0000' },
  price: { type: 'number', label: 'Price', minimum: 1, maximum: 9, required: true },
  theme: { type: 'choice', label: 'Theme', choices: ['a', 'b'] },
  tags: { type: 'list', label: 'Tags' },
  people: { type: 'list', label: 'People', items: { name: 'text', age: 'number' } },
  featured: { type: 'boolean', label: 'Featured' },
  starts_at: { type: 'date', label: 'Start' },
  link: { type: 'url', label: 'Link' },
});
const schema = fieldJsonSchema(template.manifest);

describe('fieldJsonSchema', () => {
  it('requires what is an error to leave out, and knows every field', () => {
    expect(schema.required).toEqual(['title', 'price']);
    expect(schema.additionalProperties).toBe(false);
    expect(Object.keys(schema.properties as object)).toEqual(Object.keys(template.manifest.fields));
    expect(resolveFields(template, {}).errors.map((e) => e.field)).toEqual(schema.required);
  });

  it('tells a form what it needs', () => {
    expect(schema.properties).toMatchObject({
      title: {
        title: 'Title',
        description: 'The headline',
        type: 'string',
        'x-cardpress': { type: 'text', max_length: 5 },
      },
      logo: {
        type: ['string', 'null'],
        'x-cardpress': { type: 'image', box: [100, 50], on_error: 'hide' },
      },
      accent: { default: '#ff0000' },
      price: { type: 'number', minimum: 1, maximum: 9 },
      theme: { enum: ['a', 'b', null] },
    });
  });

  const good = {
    title: 'Longer than five',
    logo: 'asset:portrait.png',
    price: 5,
    accent: null,
    theme: 'b',
    tags: ['a'],
    people: [{ name: 'A', age: 3 }, { name: 'B' }],
    featured: true,
    starts_at: '2026-11-21',
    link: 'https://example.com/',
  };

  it('agrees with the resolution, as a validator reads it', () => {
    const validator = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
    expect(validator.safeParse(good).error).toBeUndefined();
    expect(resolveFields(template, good).errors).toEqual([]);
    for (const bad of [
      { titel: 'x' },
      { price: 10 },
      { theme: 'c' },
      { tags: [{}] },
      { people: [{ nam: 'x' }] },
      { title: {} },
    ]) {
      expect(validator.safeParse({ ...good, ...bad }).success).toBe(false);
      expect(resolveFields(template, { ...good, ...bad }).errors.length).toBeGreaterThan(0);
    }
  });
});
