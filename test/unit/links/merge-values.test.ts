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
    // Values that a tool put in as they are, and a mail program half escaped.
    ['city=Smith%20&%20Sons&first_name=Ada', { city: 'Smith & Sons', first_name: 'Ada' }],
    ['city=Smith+&+Sons&utm_source=x', { city: 'Smith & Sons' }],
    ['city=Rome&utm&first_name=Ada', { city: 'Rome', first_name: 'Ada' }],
    ['city=50%%20off', { city: '50% off' }],
    ['city=20%discount', { city: '20%discount' }],
    ['city=100%', { city: '100%' }],
  ])('%s', (query, values) => expect(read(query)).toEqual(values));

  it.each([
    '50% off',
    '5 % – 10 %',
    '{Hi}',
    '{a} & {b}',
    '[Sale]',
    '#1',
    '-5-',
    '<3',
    '$5 {net}',
    'A|B',
    '* or |',
    'Mr. % Mrs. %',
    'name',
    'My name',
  ])('takes %s as it is', (value) => {
    expect(read(`city=${encodeURIComponent(value)}`)).toEqual({ city: value });
  });

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
    // ActiveCampaign, as it stands and escaped, and what SendGrid used to have.
    '%FIRSTNAME%',
    '%25FIRSTNAME%25',
    'Hi+%25FNAME%25',
    '[%25first_name%25]',
    '-name-',
    '%25name%25',
    // Campaign Monitor, MailerLite, Kit, Iterable, Braze, Salesforce, Mautic, Flexmail.
    '[firstname,fallback=]',
    '[firstname]',
    '%7B$name%7D',
    '{$name}',
    '{{+subscriber.first_name+}}',
    '{{firstName}}',
    '{{$%7Bfirst_name}+|+default:+%27there%27}}',
    '{!Contact.FirstName}',
    '%25%25=v(@n)=%25%25',
    '{contactfield=firstname|there}',
    '{name}',
    '%23firstname%23',
    '<%25=n%25>',
    // Latin-1, a cut escape, encoded twice, and what others could not decode.
    'Zo%EB',
    'Zo%C3',
    'Zo%2',
    'Zo%25C3%25AB',
    'Zo%EF%BF%BD',
    'Nine%20char',
    // One character of 300 code units, and what would keep a careless search busy for seconds.
    `a${'%CC%81'.repeat(300)}`,
    '*|'.repeat(7_000),
    '',
    '+',
  ])('counts %s as missing', (value) => {
    expect(read(`first_name=${value}&city=Rome`)).toEqual({ city: 'Rome' });
  });
});

describe('merge tags that nobody filled', () => {
  const unfilled = (query: string) => {
    const told: string[] = [];
    readMergeValues(query, fields, (field) => told.push(field));
    return told;
  };

  it.each([
    ['first_name=*|FNAME|*', ['first_name']],
    ['city={{ city }}&first_name=%25%25name%25%25', ['city', 'first_name']],
    ['first_name=*|FNAME|*&first_name=*|FNAME|*', ['first_name']],
    ['amp;first_name=[first_name]', ['first_name']],
    ['first_name=Ada&utm_source=*|CAMPAIGN|*', []],
    ['first_name=&city=a-name-that-is-much-too-long', []],
    ['first_name=%E9&city=50%%20off', []],
    [`city=${'{{x}}'.repeat(200)}`, []],
  ])('%s', (query, told) => expect(unfilled(query)).toEqual(told));
});
