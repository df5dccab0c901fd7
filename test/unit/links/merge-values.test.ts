import { describe, expect, it } from '@jest/globals';
import { readMergeValues } from '../../../src/links/merge-values.js';

const fields = { first_name: { maxLength: 8 }, city: { maxLength: 20 } };
const read = (query: string) => readMergeValues(query, fields);

describe('values of a link', () => {
  it.each([
    ['first_name=Zo%C3%AB', { first_name: 'Zoë' }],
    ['first_name=Mary+Ann&city=S%C3%A3o%20Paulo', { first_name: 'Mary Ann', city: 'São Paulo' }],
    ['city=Rome&amp;first_name=Ada', { city: 'Rome', first_name: 'Ada' }],
    ['first_name=%20Ada%20', { first_name: 'Ada' }],
    ['utm_source=x&first_name=Ada&first_name=Eve', { first_name: 'Ada' }],
    // Eight characters as readers count them, of 25 code units.
    [`first_name=${encodeURIComponent('👩‍👩‍👧abcdefg')}`, { first_name: '👩‍👩‍👧abcdefg' }],
    ['constructor=x&__proto__=y&toString=z', {}],
  ])('%s', (query, values) => expect(read(query)).toEqual(values));

  it.each([
    '*|FNAME|*',
    '*%7CURL%3AFNAME%7C*',
    '{{ first_name }}',
    '%7B%7Bfn%7D%7D',
    '{{contact',
    '%%name%%',
    '%25%25name%25%25',
    '[[name]]',
    '{%25 if x %25}',
    '$%7Bname%7D',
    'Hi *|F|*',
    // Latin-1, a cut escape, encoded twice, and what others could not decode.
    'Zo%EB',
    'Zo%C3',
    'Zo%2',
    'Zo%25C3%25AB',
    'Zo%EF%BF%BD',
    'Nine%20char',
    '',
    '+',
  ])('counts %s as missing', (value) => {
    expect(read(`first_name=${value}&city=Rome`)).toEqual({ city: 'Rome' });
  });
});
