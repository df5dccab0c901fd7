import { describe, expect, it } from '@jest/globals';
import type { ZodType } from 'zod';
import { AppError, type FieldError } from '../../../src/errors/app-error.js';
import { imageFormatNames } from '../../../src/formats/image-formats.js';
import { parseInput } from '../../../src/http/parse-input.js';
import {
  generateSchema,
  imageListQuery,
  newImageSchema,
} from '../../../src/http/schemas/image-input.js';

function errorsOf(schema: ZodType, body: unknown): FieldError[] {
  try {
    parseInput({ query: undefined, body: schema }, { query: {}, body });
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_request') return error.errors ?? [];
    throw error;
  }
  return [];
}

const good = { template: 'article', data: { title: 'Hi' } };
const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });

describe('the body of POST /v1/images', () => {
  it('is taken with its defaults', () => {
    const { body } = parseInput(
      { query: undefined, body: newImageSchema },
      { query: {}, body: good },
    );
    expect(body).toEqual({ ...good, wait: 10, refresh: false });
  });

  it.each<[string, object, string, string]>([
    ['no template', { template: undefined }, 'template', 'is required: give a text'],
    ['a template of another type', { template: 5 }, 'template', 'must be a text'],
    ['an empty template', { template: '' }, 'template', 'must not be empty'],
    [
      'no data',
      { data: undefined },
      'data',
      'is required: give an object of field names and values, such as {"title":"Hello"}',
    ],
    [
      'a list as data',
      { data: ['x'] },
      'data',
      'must be an object of field names and values, such as {"title":"Hello"}',
    ],
    [
      'null as data',
      { data: null },
      'data',
      'must be an object of field names and values, such as {"title":"Hello"}',
    ],
    ['data too deep', { data: nested(6) }, 'data', 'must not be nested deeper than 5 levels'],
    [
      'data too wide',
      { data: { a: Array(1000).fill(1) } },
      'data',
      'must not hold more than 1000 values in all',
    ],
    ['a scale of 4', { output: { scale: 4 } }, 'output.scale', 'must be 1, 2 or 3'],
    ['a scale of 1.5', { output: { scale: 1.5 } }, 'output.scale', 'must be 1, 2 or 3'],
    ['a scale as text', { output: { scale: '2' } }, 'output.scale', 'must be 1, 2 or 3'],
    [
      'a quality of 0',
      { output: { quality: 0 } },
      'output.quality',
      'must be a whole number between 1 and 100',
    ],
    [
      'a quality of 101',
      { output: { quality: 101 } },
      'output.quality',
      'must be a whole number between 1 and 100',
    ],
    [
      'too few bytes',
      { output: { max_bytes: 999 } },
      'output.max_bytes',
      'must be a whole number, 1000 or more',
    ],
    [
      'a near format',
      { output: { format: 'jpg' } },
      'output.format',
      `must be one of ${imageFormatNames.map((name) => `"${name}"`).join(', ')}. Did you mean "jpeg"?`,
    ],
    ['an output that is a text', { output: 'png' }, 'output', 'must be an object'],
    [
      'an unknown key below',
      { output: { scal: 2 } },
      'output.scal',
      'is not known here. Did you mean "scale"? Known: for, format, scale, quality, max_bytes.',
    ],
    ['a wait of 31', { wait: 31 }, 'wait', 'must be a number of seconds between 0 and 30'],
    ['a wait below 0', { wait: -1 }, 'wait', 'must be a number of seconds between 0 and 30'],
    ['a refresh as text', { refresh: 'yes' }, 'refresh', 'must be true or false'],
    [
      'an unknown on_missing',
      { on_missing: 'ignore' },
      'on_missing',
      'must be one of "fallback", "reject", "review"',
    ],
    ['a size of another type', { size: 1200 }, 'size', 'must be a text'],
    [
      'metadata with a number',
      { metadata: { n: 5 } },
      'metadata.n',
      'must be a text: metadata holds texts only',
    ],
    [
      'metadata that is too long',
      { metadata: { n: 'x'.repeat(501) } },
      'metadata.n',
      'must have at most 500 characters',
    ],
    [
      'metadata with a long key',
      { metadata: { ['k'.repeat(41)]: '' } },
      `metadata.${'k'.repeat(41)}`,
      'a key must have at most 40 characters',
    ],
    [
      'too much metadata',
      { metadata: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, ''])) },
      'metadata',
      'must have at most 20 pairs',
    ],
  ])('with %s is refused by path and remedy', (_name, change, path, message) => {
    expect(errorsOf(newImageSchema, { ...good, ...change })).toEqual([{ path, message }]);
  });

  it.each([
    ['callback', undefined],
    ['webhook', undefined],
    ['temlate', 'template'],
    ['Data', 'data'],
  ])('refuses the unknown key %s and names the nearest', (key, nearest) => {
    const [error, ...others] = errorsOf(newImageSchema, { ...good, [key]: 'x' });
    expect(others).toEqual([]);
    expect(error?.path).toBe(key);
    if (nearest) expect(error?.message).toContain(`Did you mean "${nearest}"?`);
    else expect(error?.message).not.toContain('Did you mean');
    expect(error?.message).toContain(
      'Known: template, data, size, output, on_missing, sizes, wait',
    );
  });

  it('takes what is at the limits', () => {
    const edge = {
      ...good,
      data: { a: nested(4), list: Array(994).fill(1) },
      output: { format: 'webp', scale: 3, quality: 1, max_bytes: 1000 },
      wait: 0,
      metadata: { ['k'.repeat(40)]: 'v'.repeat(500) },
    };
    expect(errorsOf(newImageSchema, edge)).toEqual([]);
  });

  it('tells every mistake at once', () => {
    const paths = errorsOf(newImageSchema, {
      data: [],
      output: { scale: 9, formt: 'png' },
      wait: 'x',
    }).map((error) => error.path);
    expect(paths.sort()).toEqual(['data', 'output.formt', 'output.scale', 'template', 'wait']);
  });

  it.each([[null], [5], ['x'], [[]]])('that is %j is refused as a whole', (body) => {
    expect(errorsOf(newImageSchema, body)).toEqual([{ path: '', message: 'must be an object' }]);
  });

  it('passes field values on untouched, also under names that objects have of their own', () => {
    const data = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}');
    const { body } = parseInput(
      { query: undefined, body: newImageSchema },
      { query: {}, body: { template: 'a', data } },
    ) as { body: { data: object } };
    expect(body.data).toBe(data);
    expect(Object.keys(body.data)).toEqual(['__proto__', 'constructor']);
  });
});

describe('the body of POST /v1/generate', () => {
  it('says how layers look when they come as a list', () => {
    const layers = [{ name: 'title', text: 'Hi' }];
    expect(errorsOf(generateSchema, { design_id: 'article', layers })).toEqual([
      {
        path: 'layers',
        message: 'must be an object of field names and values, such as {"title":"Hello"}',
      },
    ]);
  });
});

describe('the query of GET /v1/images', () => {
  const errorsOfQuery = (query: object) => errorsOf(imageListQuery, query);

  it('counts 50 to a page unless told', () => {
    const parse = (query: object) =>
      parseInput({ query: imageListQuery, body: undefined }, { query, body: undefined }).query;
    expect(parse({})).toEqual({ limit: 50 });
    expect(parse({ limit: '200', status: 'failed' })).toEqual({ limit: 200, status: 'failed' });
  });

  it.each(['0', '201', 'x', '-1', '1.5', '', '9999'])('refuses a limit of %j', (limit) => {
    expect(errorsOfQuery({ limit })).toEqual([
      { path: 'limit', message: 'must be a whole number between 1 and 200' },
    ]);
  });

  it('refuses an unknown status and an unknown parameter together', () => {
    expect(errorsOfQuery({ status: 'complete', templat: 'x' })).toEqual([
      {
        path: 'status',
        message:
          'must be one of "queued", "active", "completed", "failed", "review". Did you mean "completed"?',
      },
      {
        path: 'templat',
        message:
          'is not known here. Did you mean "template"? Known: template, status, cursor, limit.',
      },
    ]);
  });
});
