import { describe, expect, it } from '@jest/globals';
import { openValues } from '../../../src/links/open-values.js';
import { fieldTypeOf } from '../../../src/templates/field-types/field-types.js';
import { buildTemplate } from '../../../src/templates/load-template.js';
import type { FieldSpec } from '../../../src/templates/manifest.js';
import { resolveFields } from '../../../src/templates/resolve-fields.js';
import { readCode } from '../../support/read-code.js';
import {
  buffers,
  manifestJson,
  templateFiles,
  templateWith,
} from '../../support/templates/template-files.js';

type Options = Partial<FieldSpec>;

const templateOf = (options: Options) => templateWith({ code: { type: 'qr', ...options } });
const read = (options: Options, value: unknown) =>
  resolveFields(templateOf(options), { code: value });

/** The drawn code, as the page gets it. */
function drawn(options: Options, value: unknown) {
  const template = templateOf(options);
  const spec = template.manifest.fields.code as FieldSpec;
  const text = resolveFields(template, { code: value }).fields.code as string;
  const { asset } = fieldTypeOf(spec);
  if (asset?.from !== 'value') throw new Error('A code is drawn from its value.');
  const { svg, widthPx, heightPx } = asset.draw(spec, text);
  return { svg: Buffer.from(svg), widthPx, heightPx };
}

describe('the text of a code', () => {
  it.each<[string, Options, unknown, string]>([
    ['an address', {}, ' https://example.com/t?a=1&b=2 ', 'https://example.com/t?a=1&b=2'],
    ['text of any script', {}, 'Zoë 名前 👩‍🚀', 'Zoë 名前 👩‍🚀'],
    ['spaces and lines of a contact', {}, 'N:A  B\r\n\r\nT:1', 'N:A  B\n\nT:1'],
    ['a number of a sheet', { symbology: 'ean13' }, 4006381333931, '4006381333931'],
    ['an ISBN with hyphens', { symbology: 'ean13' }, '978-3-16-148410-0', '9783161484100'],
    ['all signs of ASCII', { symbology: 'code128' }, 'A~!"$%&/()=?{[]}\\', 'A~!"$%&/()=?{[]}\\'],
    ['80 characters', { symbology: 'code128' }, 'x'.repeat(80), 'x'.repeat(80)],
    ['7,089 digits', { error_correction: 'low' }, '7'.repeat(7_089), '7'.repeat(7_089)],
  ])('holds %s', (_what, options, value, expected) => {
    const { fields, errors, warnings } = read(options, value);
    expect(fields.code).toBe(expected);
    expect([...errors, ...warnings]).toEqual([]);
    expect(read(options, fields.code).fields.code).toBe(expected);
  });

  it.each<[string, Options, unknown, string]>([
    [
      'a wrong check digit',
      { symbology: 'ean13' },
      '4006381333932',
      '"4006381333932" has a wrong check digit: after 400638133393 comes 1. Look for a wrong or swapped digit.',
    ],
    [
      'swapped digits',
      { symbology: 'ean13' },
      '4006381333391',
      '"4006381333391" has a wrong check digit: after 400638133339 comes 9. Look for a wrong or swapped digit.',
    ],
    [
      'twelve digits',
      { symbology: 'ean13' },
      '400638133393',
      '"400638133393" has 12 digits; EAN-13 has 13. If the check digit is missing, write 4006381333931; if it is a UPC, write 0400638133393.',
    ],
    [
      'too many digits',
      { symbology: 'ean13' },
      '40063813339310',
      '"40063813339310" has 14 digits; EAN-13 has 13, such as 4006381333931.',
    ],
    [
      'a number that a sheet has rounded',
      { symbology: 'ean13' },
      '4.00638E+12',
      '"4.00638E+12" is no EAN-13: that is 13 digits, such as 4006381333931.',
    ],
    [
      'digits of another script',
      { symbology: 'ean13' },
      '٤٠٠٦٣٨١٣٣٣٩٣١',
      '"٤٠٠٦٣٨١٣٣٣٩٣١" is no EAN-13: that is 13 digits, such as 4006381333931.',
    ],
    [
      'letters with accents',
      { symbology: 'code128' },
      'Zoë',
      '"Zoë" holds "ë", which Code 128 cannot. Write letters without accents, digits and signs of ASCII, or use "symbology": "qr".',
    ],
    [
      'an emoji',
      { symbology: 'code128' },
      'A🎟B',
      '"A🎟B" holds "🎟", which Code 128 cannot. Write letters without accents, digits and signs of ASCII, or use "symbology": "qr".',
    ],
    [
      'a line break',
      { symbology: 'code128' },
      'A\nB',
      '"A B" holds a line break, which Code 128 cannot. Write letters without accents, digits and signs of ASCII, or use "symbology": "qr".',
    ],
    [
      '81 characters',
      { symbology: 'code128' },
      'a '.repeat(40).concat('b'),
      `"${'a '.repeat(29)}a…" has 81 characters; as Code 128 at most 80 can be scanned. Shorten it, or use "symbology": "qr".`,
    ],
    [
      'too much for its error correction',
      { error_correction: 'high' },
      'ö'.repeat(700),
      `"${'ö'.repeat(59)}…" has 1,400 bytes; with "error_correction": "high" a QR code holds 1,273. Shorten it, or put a short address in its place.`,
    ],
  ])('refuses %s, and says what to do', (_what, options, value, message) => {
    const { fields, errors } = read({ ...options, required: true }, value);
    expect(errors).toEqual([{ kind: 'invalid_data', path: 'data.code', field: 'code', message }]);
    expect(fields.code).toBe('');
  });

  it('is mended as a picture is', () => {
    const codes = (options: Options, value: unknown = 'Zoë') => {
      const { fields, warnings } = read({ symbology: 'code128', ...options }, value);
      return [fields.code, ...warnings.map(({ code }) => code)];
    };
    expect(codes({ fallback: 'NONE' })).toEqual(['NONE', 'invalid_used_fallback']);
    expect(codes({ on_error: 'hide' })).toEqual(['', 'invalid_used_placeholder']);
    expect(codes({ required: true, on_error: 'placeholder' }, '')).toEqual([
      '',
      'missing_used_placeholder',
    ]);
  });

  it('is warned of where its bars are too thin for cameras', () => {
    const codes = (options: Options, value: string) =>
      read(options, value).warnings.map(({ code }) => code);
    expect(codes({ box: [100, 100] }, 'x'.repeat(400))).toEqual(['code_too_dense']);
    expect(codes({ box: [400, 400] }, 'x'.repeat(400))).toEqual([]);
    expect(codes({ box: [200, 60], symbology: 'ean13' }, '4006381333931')).toEqual([
      'code_too_dense',
    ]);
    expect(codes({ box: [234, 60], symbology: 'ean13' }, '4006381333931')).toEqual([]);
  });
});

describe('a drawn code', () => {
  it.each<[Options, string, string]>([
    [{}, 'https://example.com/t/8F3K2', 'QR_CODE'],
    [{ error_correction: 'high', box: [300, 200] }, 'Zoë 名前 👩‍🚀', 'QR_CODE'],
    [{ box: [64, 640] }, '0123', 'QR_CODE'],
    [{ dark: 'navy', light: '#ffeecc' }, 'HELLO WORLD', 'QR_CODE'],
    [{ symbology: 'ean13' }, '5901234123457', 'EAN_13'],
    [{ symbology: 'ean13', box: [240, 30] }, '9783161484100', 'EAN_13'],
    [{ symbology: 'code128' }, 'AB-12345678 xy', 'CODE_128'],
    [{ symbology: 'code128', box: [800, 60] }, '00123456789012345678', 'CODE_128'],
  ])('of %j is read by a scanner: %s', async (options, text, format) => {
    const { svg, widthPx, heightPx } = drawn(options, text);
    if (options.box) expect([widthPx, heightPx]).toEqual(options.box);
    expect(await readCode(svg)).toBe(`${format} ${text}`);
  });

  it('of an EAN-13 that begins with 0 is a UPC to scanners', async () => {
    const { svg } = drawn({ symbology: 'ean13' }, '0012345678905');
    expect(await readCode(svg)).toBe('UPC_A 012345678905');
  });

  it('has modules of whole pixels, a light margin, and its colours', () => {
    const svg = drawn({ box: [100, 100], dark: '#123', light: 'ivory' }, '1').svg.toString();
    // 21 modules and 4 on each side take 29: 3 pixels each, 87 of 100, would lose more than a tenth.
    expect(svg).toContain('translate(13.7931 13.7931) scale(3.4483 3.4483)');
    expect(svg).toContain('fill="#fffff0"/><path');
    expect(svg).toContain('fill="#112233" d="M0 0h7v1h-7z');
    const whole = drawn({ box: [120, 150] }, '1').svg.toString();
    expect(whole).toContain('translate(18 33) scale(4 4)');
  });
});

describe('a qr field in a template', () => {
  const problems = (options: object, body = '<img src="{{code}}" alt="">', more: object = {}) =>
    buildTemplate(
      'test',
      buffers(
        templateFiles({
          'template.json': JSON.stringify(
            manifestJson({ fields: { code: { type: 'qr', label: 'Code', ...options }, ...more } }),
          ),
          'template.hbs': body,
          'sample.json': '{}',
        }),
      ),
    ).problems.map(({ message }) => message);

  it.each([
    [{ dark: 'white' }, 'dark #ffffff on light #ffffff cannot be scanned'],
    [{ light: '#333', dark: '#fff' }, 'dark #ffffff on light #333333 cannot be scanned'],
    [{ light: 'rgb(255 255 255 / 0)' }, 'is not a colour without transparency'],
    [{ dark: '"/><script>' }, 'is not a colour without transparency'],
    [{ symbology: 'ean13', error_correction: 'low' }, 'error_correction is for QR codes'],
    [{ on_error: 'initials' }, 'A code has no initials'],
    [{ focus: 'top' }, 'focus is for fields of type image, not qr.'],
    [{ symbology: 'ean13', fallback: '4006381333932' }, 'fallback: "4006381333932" has a wrong'],
    [{ symbology: 'ean8' }, 'fields.code.symbology'],
  ])('is refused with %j', (options, message) => {
    expect(problems(options).join('\n')).toContain(message);
  });

  it('stands where a picture may, and in expressions as its text', () => {
    const name = { name: { type: 'text', label: 'Name', derive: 'No. {{code}}' } };
    expect(problems({}, '<img src="{{code}}" alt=""> {{name}}', name)).toEqual([]);
    expect(problems({}, '<i style="background: url({{code}})"></i>')).toEqual([]);
    expect(problems({}, '<p>{{code}}</p>').join()).toContain('is a picture');
    expect(problems({}, '<a href="x{{code}}">').join()).toContain('must be the whole of href');
    expect(problems({ choices: ['a'] }).join()).toContain('choices is for fields of type choice');
  });

  it('takes from the address of a link what leads nowhere, and nothing else', () => {
    const kept = (options: Options, code: string) =>
      openValues(templateOf(options), { code }).code !== undefined;
    for (const code of ['8F3K2', 'ROW 7-SEAT_12', 'Ünïcode', '#42', '+49*1']) {
      expect([code, kept({}, code)]).toEqual([code, true]);
    }
    for (const code of [
      'https://evil.example',
      'evil.example/login',
      'tel:+491234',
      'WIFI:S:net;;',
      'BEGIN:VCARD',
      'me@evil.example',
      'a\nb',
      'bitcoin:1abc',
      'evil．example',
      'evil。example',
    ]) {
      expect([code, kept({}, code)]).toEqual([code, false]);
      expect([code, kept({ symbology: 'code128' }, code)]).toEqual([code, false]);
    }
    expect(kept({ symbology: 'ean13' }, '978-3-16-148410-0')).toBe(true);
  });
});
