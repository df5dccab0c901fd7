import { describe, expect, it } from '@jest/globals';
import { mapRow, resolveMapping } from '../../../src/batches/column-mapping.js';
import { AppError, type FieldError } from '../../../src/errors/app-error.js';

const fields = [
  { name: 'title', label: 'Headline' },
  { name: 'sub_title', label: 'Second line' },
  { name: 'image', label: 'Picture' },
];
const columns = ['Headline', 'Sub-Title', 'Price'];

function refusal(mapping: unknown, of = columns): { detail: string; errors: FieldError[] } {
  try {
    resolveMapping(of, mapping, fields);
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_request') {
      return { detail: error.detail, errors: error.errors ?? [] };
    }
    throw error;
  }
  throw new Error('it was taken');
}

describe('without a mapping', () => {
  it('fields take the columns of their name or label', () => {
    expect(resolveMapping(columns, undefined, fields)).toEqual({
      fields: [
        { field: 'title', column: 'Headline', index: 0 },
        { field: 'sub_title', column: 'Sub-Title', index: 1 },
      ],
      unused: ['Price'],
    });
  });

  it('or with one that was left empty in a form', () => {
    expect(resolveMapping(columns, ' ', fields)).toEqual(
      resolveMapping(columns, undefined, fields),
    );
  });

  it.each(['title', 'TITLE', ' T itle', 'ti_t-le', 'headline', 'HEAD LINE'])(
    '%j is the title',
    (column) => {
      expect(resolveMapping([column], undefined, fields).fields).toEqual([
        { field: 'title', column, index: 0 },
      ]);
    },
  );

  it('exact names go first, then names, then labels; a column is used once', () => {
    const found = (given: string[]) =>
      resolveMapping(given, undefined, fields).fields.map(({ index }) => index);
    expect(found(['Headline', 'Title', 'title'])).toEqual([2]);
    expect(found(['Headline', 'Title'])).toEqual([1]);
    const both = [
      { name: 'name', label: 'Title' },
      { name: 'title', label: 'Name' },
    ];
    expect(resolveMapping(['Title'], undefined, both).fields).toEqual([
      { field: 'title', column: 'Title', index: 0 },
    ]);
  });

  it('where nothing matches, both are listed', () => {
    const message =
      'no column is called like a field of the template. Columns: "A", "B". Fields: title (Headline), sub_title (Second line), image (Picture). Rename the columns, or send a mapping such as {"title": "A"}.';
    expect(refusal(undefined, ['A', 'B'])).toEqual({
      detail: `mapping: ${message}`,
      errors: [{ path: 'mapping', message }],
    });
  });
});

describe('a mapping', () => {
  it('names columns, with fallbacks, and only what it names is read', () => {
    const expected = {
      fields: [
        { field: 'title', column: 'Price', index: 2, fallback: 'Ask us' },
        { field: 'image', column: 'Headline', index: 0 },
      ],
      unused: ['Sub-Title'],
    };
    const mapping = { title: { column: 'Price', fallback: 'Ask us' }, image: ' Headline ' };
    expect(resolveMapping(columns, mapping, fields)).toEqual(expected);
    expect(resolveMapping(columns, JSON.stringify(mapping), fields)).toEqual(expected);
    expect(JSON.parse(JSON.stringify(expected))).toEqual(expected);
  });

  it('may use a column twice, and give a number for a fallback', () => {
    const mapping = { title: 'Price', image: { column: 'Price', fallback: 0 } };
    expect(resolveMapping(columns, mapping, fields).fields).toEqual([
      { field: 'title', column: 'Price', index: 2 },
      { field: 'image', column: 'Price', index: 2, fallback: '0' },
    ]);
  });

  it('tells all mistakes at once, with what was meant', () => {
    const mapping = {
      titel: 'Price',
      title: 'headline',
      sub_title: { column: 'Price', fall_back: 'x' },
      image: { column: 'Price', fallback: null },
    };
    expect(refusal(mapping)).toEqual({
      detail:
        'mapping.titel: the template has no such field. Did you mean "title"? Fields: title, sub_title, image. (and 3 more)',
      errors: [
        {
          path: 'mapping.titel',
          message:
            'the template has no such field. Did you mean "title"? Fields: title, sub_title, image.',
        },
        {
          path: 'mapping.title',
          message:
            'the file has no column "headline". Did you mean "Headline"? Columns: "Headline", "Sub-Title", "Price".',
        },
        {
          path: 'mapping.sub_title.fall_back',
          message: 'is not known here. Did you mean "fallback"? Known: column, fallback.',
        },
        { path: 'mapping.image.fallback', message: 'must be a text' },
      ],
    });
  });

  it.each([
    [{ title: 5 }, 'mapping.title', 'must be the name of a column'],
    [{ title: ['Price'] }, 'mapping.title', 'must be the name of a column'],
    [{ title: { fallback: 'x' } }, 'mapping.title', 'must be the name of a column'],
    [{}, 'mapping', 'must be an object of fields and columns'],
    [null, 'mapping', 'must be an object of fields and columns'],
    [[], 'mapping', 'must be an object of fields and columns'],
    ['"title"', 'mapping', 'must be an object of fields and columns'],
    ['{"title": "Price",}', 'mapping', 'is not valid JSON at line 1, column 19'],
    ['{"__proto__": "Price"}', 'mapping.__proto__', 'the template has no such field.'],
    [{ constructor: 'Price' }, 'mapping.constructor', 'the template has no such field.'],
  ])('cannot be %j', (mapping, path, message) => {
    const { errors } = refusal(mapping);
    expect(errors).toEqual([{ path, message: expect.stringContaining(message) }]);
  });

  it('echoes no more of a file than a reader wants', () => {
    const long = 'x'.repeat(10_000);
    const wide = Array.from({ length: 1000 }, (_, n) => `${n}${long}`);
    for (const { detail } of [refusal(undefined, wide), refusal({ title: long }, wide)]) {
      expect(detail.length).toBeLessThan(5_000);
      expect(detail).toContain('and 950 more');
    }
  });
});

describe('a row', () => {
  const mapping = resolveMapping(
    columns,
    { title: { column: 'Headline', fallback: 'News' }, sub_title: 'Sub-Title' },
    fields,
  );

  it('gives its cells as they are written', () => {
    expect(mapRow(mapping, [' A ', 'B', '5'])).toEqual({
      data: { title: ' A ', sub_title: 'B' },
      warnings: [],
    });
  });

  it.each([[['', '', '']], [[' \t', ' ', '1']], [[]]])(
    'with empty cells %j takes fallbacks, and else leaves the field to the template',
    (cells) => {
      expect(mapRow(mapping, cells)).toEqual({
        data: { title: 'News' },
        warnings: [
          {
            code: 'column_fallback_used',
            field: 'title',
            message: 'The cell in column "Headline" is empty; the fallback of the mapping is used.',
            severity: 'warning',
          },
        ],
      });
    },
  );
});
