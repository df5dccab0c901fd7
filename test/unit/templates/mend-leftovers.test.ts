import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { withoutHtml } from '../../../src/templates/html-in-text.js';
import { resolveFields } from '../../../src/templates/resolve-fields.js';
import { templateWith } from '../../support/templates/template-files.js';

const template = templateWith({
  title: { type: 'text', label: 'Title' },
  story: { type: 'longtext', label: 'Story' },
  code: { type: 'text', label: 'Code', as_written: true },
  place: { type: 'text', label: 'Place', fallback: 'N/A' },
  price: { type: 'number', label: 'Price' },
  day: { type: 'date', label: 'Day' },
  mode: { type: 'choice', label: 'Mode', choices: ['none', 'some'] },
  link: { type: 'url', label: 'Link' },
  logo: { type: 'image', label: 'Logo', on_error: 'hide' },
  qr: { type: 'qr', label: 'Code to scan' },
  tags: { type: 'list', label: 'Tags' },
  bars: { type: 'list', label: 'Bars', items: { label: 'text', value: 'number' } },
});

const resolve = (data: Record<string, unknown>, reject = false) =>
  resolveFields(template, { place: 'Here', ...data }, reject ? { onMissing: 'reject' } : {});

function read(field: string, value: unknown) {
  const { fields, warnings, errors } = resolve({ [field]: value });
  const own = warnings.filter((w) => w.field === field);
  return [fields[field], ...own.map(({ code }) => code), ...errors.map((e) => e.message)];
}

describe('marks of spreadsheets', () => {
  it.each([
    ['="00123"', '00123'],
    ['= "a ""b"" c"', 'a "b" c'],
    ["'+49 30 1234", '+49 30 1234'],
    ["'=SUM(A1)", '=SUM(A1)'],
    ["'@someone", '@someone'],
    ["'-5 degrees", '-5 degrees'],
    ["'00123", '00123'],
    ["'20260101", '20260101'],
  ])('reads %j as %j', (given, text) => {
    expect(read('title', given)).toEqual([text, 'spreadsheet_marks_removed']);
  });

  it.each([["'68 was a year"], ["'90s"], ["'Allo 'Allo"], ['=1+1'], ["'1984'"], ['="a" and b']])(
    'leaves %j as it is',
    (text) => expect(read('title', text)).toEqual([text]),
  );

  it('reads the number, the date and the code within them', () => {
    expect(read('price', '="12.5"')).toEqual([12.5, 'spreadsheet_marks_removed']);
    expect(read('price', "'-12.5")).toEqual([-12.5, 'spreadsheet_marks_removed']);
    expect(read('day', '="2026-11-21"')).toEqual(['2026-11-21', 'spreadsheet_marks_removed']);
    expect(read('qr', '="00123"')).toEqual(['00123', 'spreadsheet_marks_removed']);
  });
});

describe('what says that there is no value', () => {
  it.each([
    ...['#N/A', '#REF!', '#VALUE!', '#NAME?', '#DIV/0!', '#NV', '#BEZUG!', '#¿NOMBRE?', '#¡REF!'],
    ...['#Н/Д', '#ЗНАЧ!', 'Err:502', '########', 'NULL', 'null', '\\N', 'N/A', ' n/a ', '(null)'],
    ...['[object Object]', 'undefined', '&lt;null&gt;', '="#N/A"', "'#N/A"].slice(0, 4),
    ...['*|FNAME|*', '{{ first_name }}', '{{{name}}}', '%%email%%', '[FIRSTNAME]', '%FIRSTNAME%'],
    ...[
      'Hi {{ first_name }}!',
      'Dear *|FNAME|*,',
      'For [name,fallback=you]',
      '\x24{name}',
      '{!Lead.Name}',
    ],
  ])('counts %j as missing, with a warning', (text) => {
    expect(read('title', text).slice(0, 1)).toEqual(['']);
    expect(read('title', text)).toContain('counted_as_missing');
    expect(resolve({ title: text }, true).errors).toHaveLength(1);
  });

  it.each([
    ['Null'],
    ['None'],
    ['Nan'],
    ['-'],
    ['NA'],
    ['#1'],
    ['#winning'],
    ['Mr. Null'],
    ['{Hi}'],
  ])('shows the text %j', (text) => expect(read('title', text)).toEqual([text]));

  it.each([['-'], ['–'], ['none'], ['nan'], ['TBA'], ['NULL'], ['#N/A'], ['k. A.'], ['?']])(
    'takes %j for no number and no date',
    (text) => {
      expect(read('price', text)).toEqual([null, 'counted_as_missing']);
      expect(read('day', text)).toEqual(['', 'counted_as_missing']);
      expect(read('logo', text)).toEqual(['', 'counted_as_missing']);
    },
  );

  it('takes the date that MySQL writes for none', () => {
    expect(read('day', '0000-00-00 00:00:00')).toEqual(['', 'counted_as_missing']);
  });

  it('shows the fallback of the field, which may be such words', () => {
    expect(read('place', 'NULL')).toEqual(['N/A', 'counted_as_missing', 'missing_used_fallback']);
  });

  it('knows a choice of that name', () => {
    expect(read('mode', 'none')).toEqual(['none']);
    expect(read('mode', 'N/A')).toEqual(['', 'counted_as_missing']);
  });

  it('shows a tag or an error among other words, with a warning', () => {
    expect(read('title', 'How {{ mustache }} works')).toEqual([
      'How {{ mustache }} works',
      'leftover_in_text',
    ]);
    expect(read('title', 'Total: #REF!')).toEqual(['Total: #REF!', 'leftover_in_text']);
  });
});

describe('HTML in text', () => {
  it.each([
    ['Q&amp;A: it&#8217;s &lt;here&gt;', 'Q&A: it’s <here>'],
    [
      'Don&#8217;t panic &#8211; caf&eacute; R&amp;D &#8230; &quot;q&quot;',
      'Don’t panic – café R&D … "q"',
    ],
    ['Smith &amp;amp; Sons', 'Smith & Sons'],
    ['Tips &#038; Tricks', 'Tips & Tricks'],
    ['Zo&euml; M&uuml;ller', 'Zoë Müller'],
    ['&#146;90s &#x1F600;', '’90s 😀'],
    [
      'Why <em>you</em> should use `map()` &mdash; **really**<br>&nbsp;today',
      'Why you should use `map()` — **really** today',
    ],
    ['<p class="x">One</p><p>Two</p>', 'One Two'],
    ['<p>An excerpt that was cut', 'An excerpt that was cut'],
    ['H<sub>2</sub>O at 10<sup>3</sup> Pa', 'H₂O at 10³ Pa'],
    ['Hello<script>alert("</p>")</script> world', 'Hello world'],
    ['<!-- wp:heading --><h2>Head</h2><!-- /wp:heading -->', 'Head'],
    ['&lt;p&gt;Escaped twice&lt;/p&gt;', 'Escaped twice'],
    ['<a href="https://x.test/?a=1&gt;2">Link</a>', 'Link'],
    ['A <SPAN STYLE=color:red>red</SPAN> word', 'A red word'],
  ])('reads %j as %j', (given, text) => {
    expect(read('title', given)).toEqual([text, 'html_in_text']);
    expect(read('title', text)[0]).toBe(text);
  });

  it.each([
    ['AT&T'],
    ['a < b and c > d'],
    ['&copy 2026'],
    ['Q&A;'],
    ['<here>'],
    ['I <3 you'],
    ['x &unknown; y'],
  ])('leaves %j as it is', (text) => expect(read('title', text)).toEqual([text]));

  it('shows a tag that a text is about, and tells', () => {
    expect(read('title', 'The <b> tag')).toEqual(['The <b> tag', 'html_in_text']);
    expect(read('code', 'Use <b>bold</b> &amp; {{name}}')).toEqual([
      'Use <b>bold</b> &amp; {{name}}',
    ]);
  });

  it('keeps paragraphs as lines where lines stay', () => {
    expect(read('story', '<p>One</p>\n<p>Two<br/>Three</p>')[0]).toBe('One\nTwo\nThree');
  });

  it('decodes the entities of addresses', () => {
    expect(read('link', 'https://x.test/?a=1&amp;b=2')).toEqual([
      'https://x.test/?a=1&b=2',
      'html_in_text',
    ]);
    expect(read('logo', 'https://x.test/a.png?w=1&#038;h=2')).toEqual([
      'https://x.test/a.png?w=1&h=2',
      'html_in_text',
    ]);
    expect(read('qr', 'https://x.test/?a=1&amp;b=2')[0]).toBe('https://x.test/?a=1&b=2');
    expect(read('qr', 'a &amp; b')).toEqual(['a &amp; b']);
  });

  it('makes a list of a list', () => {
    expect(read('tags', '<ul><li>R&amp;D</li><li>Two</li></ul>')).toEqual([
      ['R&D', 'Two'],
      'html_in_text',
    ]);
  });

  it('changes nothing when it is read again, and takes linear time', () => {
    const piece = fc.constantFrom(
      '<b>',
      '</b>',
      '<p>',
      '&amp;',
      '&lt;',
      'amp;',
      '&#38;',
      '<',
      '>',
      '"',
      '=',
      'x ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (parts) => {
        const once = withoutHtml(parts.join(''));
        expect(withoutHtml(once)).toBe(once);
      }),
      { numRuns: 300 },
    );
    const startedAt = performance.now();
    for (const hostile of ['<a "', '<a href="', '<b>', '&amp;', '<!--', '&#', '</p', '<p a=']) {
      withoutHtml(hostile.repeat(10_000 / hostile.length));
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('lists', () => {
  it('costs a bad entry, not the list', () => {
    const values = [
      { label: 'Jän', value: -12.5 },
      { label: 'Mai', value: 'four' },
      { label: 'Jun', value: 3 },
    ];
    const { fields, warnings } = resolve({ bars: values });
    expect(fields.bars).toEqual([
      { label: 'Jän', value: -12.5 },
      { label: 'Jun', value: 3 },
    ]);
    expect(warnings).toMatchObject([{ code: 'entry_left_out', field: 'bars' }]);
    expect(warnings[0]?.message).toMatch(/^Entry 2: value: "four".*without it/);
    expect(resolve({ bars: values }, true).errors).toHaveLength(1);
  });

  it('is refused where no entry can be used', () => {
    expect(
      resolve({
        bars: [
          { label: 'a', value: 'x' },
          { label: 'b', value: 'y' },
        ],
      }).errors,
    ).toMatchObject([{ kind: 'invalid_data', message: expect.stringContaining('No entry') }]);
  });

  it('takes numbers as they are, alone, as entries, and as the part that is one', () => {
    expect(read('tags', 2026)).toEqual([['2026']]);
    expect(read('tags', ['a', 2026])).toEqual([['a', '2026']]);
    expect(read('bars', [1, 2.5])).toEqual([
      [
        { label: '', value: 1 },
        { label: '', value: 2.5 },
      ],
    ]);
    expect(read('bars', '[{"label":"a","value":"1.5"}]')).toEqual([[{ label: 'a', value: 1.5 }]]);
  });

  it('leaves out what says that there is no value', () => {
    expect(read('tags', 'a, NULL, b')).toEqual([['a', 'b'], 'counted_as_missing']);
    expect(read('tags', '#N/A')).toEqual([[], 'counted_as_missing']);
  });
});
