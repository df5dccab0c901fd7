import type { WarningCode } from '../errors/warning-catalogue.js';
import type { EdgeKinds } from '../templates/field-types/field-edges.js';
import { fieldTypeOf } from '../templates/field-types/field-types.js';
import type { Template } from '../templates/template.js';
import { type TextTrouble, textTroubles, troubledText } from './edge-case-text.js';
import type { TestAssetKind, TestAssets } from './ports.js';

type Data = Record<string, unknown>;

/** One way of being ugly, as data for one template. */
export interface EdgeCase {
  name: string;
  about: string;
  data: Data;
  /** Warning codes that this data asks for: with them the picture is as good as it can be. */
  deserves: ReadonlySet<WarningCode>;
  /** The template may refuse this data with a reason. */
  mayBeRefused: boolean;
  /** Choices and switches go round from picture to picture; off for data that someone wrote. */
  rotates: boolean;
}

const SHORTENED: WarningCode[] = ['text_shortened', 'text_at_minimum'];
const STEPPED_IN: WarningCode[] = ['font_stepped_in', 'case_changed'];
/** What data that is about HTML and templates is told of. */
const AS_TEXT: WarningCode[] = ['html_in_text', 'leftover_in_text'];
/** What data with holes and dead pictures is mended to. */
const MENDED: WarningCode[] = [
  'missing_used_fallback',
  'missing_used_placeholder',
  'invalid_used_fallback',
  'invalid_used_placeholder',
  'picture_failed',
  'picture_too_small',
];

/** The sample, with the fields that have a value for this kind of data made anew. */
function withKind<Kind extends keyof EdgeKinds>(
  template: Template,
  kind: Kind,
  value: EdgeKinds[Kind],
): Data {
  const data: Data = { ...template.sample };
  for (const [name, spec] of Object.entries(template.manifest.fields)) {
    const make = fieldTypeOf(spec).edges.values[kind];
    // What is derived follows from the others, as it does in life.
    if (!make || spec.derive !== undefined) continue;
    const made = make(spec, template.sample[name], value);
    if (made === undefined) delete data[name];
    else data[name] = made;
  }
  return data;
}

function isAskedFor(template: Template, kind: keyof EdgeKinds): boolean {
  const specs = Object.values(template.manifest.fields);
  return specs.some((spec) => fieldTypeOf(spec).edges.asksFor(spec).includes(kind));
}

function edgeCase(
  name: string,
  about: string,
  data: Data,
  deserves: readonly WarningCode[] = [],
): EdgeCase {
  return { name, about, data, deserves: new Set(deserves), mayBeRefused: false, rotates: true };
}

function textCase(template: Template, trouble: TextTrouble): EdgeCase {
  const data = withKind(template, 'text', {
    of: (maxLength) => troubledText(trouble, maxLength),
    isLongest: trouble.fill === 1,
    language: trouble.language,
  });
  // Marks that pile up leave every line, in any design.
  const glyphs: WarningCode[] = trouble.mayMissGlyphs
    ? ['glyph_missing', 'text_clipped', 'text_overlaps']
    : [];
  const deserves = [...SHORTENED, ...STEPPED_IN, ...AS_TEXT, ...glyphs];
  return edgeCase(trouble.name, trouble.about, data, deserves);
}

function textCases(template: Template): EdgeCase[] {
  if (!isAskedFor(template, 'text')) return [];
  const lines = 'One line\nand another one\nand a third\n\n\nafter a gap\nthe last\n';
  const cases = textTroubles.map((trouble) => textCase(template, trouble));
  const emptied = withKind(template, 'no_text', undefined);
  cases.push(edgeCase('empty_text', 'every optional text is empty', emptied, MENDED));
  if (isAskedFor(template, 'lines')) {
    const made = withKind(template, 'lines', lines);
    cases.push(edgeCase('line_breaks', 'many short lines', made, SHORTENED));
  }
  return cases;
}

function requiredOnly(template: Template): EdgeCase {
  const required = Object.entries(template.manifest.fields).filter(([, spec]) => spec.required);
  const data = Object.fromEntries(
    required.flatMap(([name]) => (name in template.sample ? [[name, template.sample[name]]] : [])),
  );
  return edgeCase('only_required', 'nothing but what is required', data, MENDED);
}

function numberCases(template: Template): EdgeCase[] {
  if (!isAskedFor(template, 'number')) return [];
  const kinds: [name: string, about: string, value: number][] = [
    ['number_zero', 'every number is 0', 0],
    ['number_negative', 'every number is below zero, where that is allowed', -1234.5],
    ['number_huge', 'numbers of twelve digits, or the greatest allowed', 987654321098],
    ['number_decimals', 'many digits after the point', 1234.56789012],
  ];
  return kinds.map(([name, about, value]) =>
    edgeCase(name, about, withKind(template, 'number', value), SHORTENED),
  );
}

function dateCases(template: Template): EdgeCase[] {
  if (!isAskedFor(template, 'date')) return [];
  // Languages whose dates are written in other ways: other figures, other order, longer words.
  const kinds: [name: string, about: string, value: string, language: string][] = [
    ['date_far_past', 'a year of the Middle Ages', '1066-10-14', 'ja'],
    ['date_far_future', 'the last second of 9999', '9999-12-31T23:59:59Z', 'ar'],
    ['date_without_time', 'a Wednesday in September, no time of day', '2026-09-30', 'pt'],
    ['date_with_time', 'a late Wednesday in September', '2026-09-30T22:58:00+02:00', 'pl'],
  ];
  return kinds.map(([name, about, value, language]) => {
    const data = withKind(template, 'date', { value, language });
    return edgeCase(name, about, data, [...SHORTENED, ...STEPPED_IN]);
  });
}

function listCases(template: Template): EdgeCase[] {
  if (!isAskedFor(template, 'entries')) return [];
  const of = (count: EdgeKinds['entries']) => withKind(template, 'entries', count);
  return [
    edgeCase('list_empty', 'lists without entries', of('none'), MENDED),
    edgeCase('list_one', 'lists of one entry', of('one')),
    edgeCase('list_full', 'lists as long as they may be', of('full'), SHORTENED),
  ];
}

/** Of several colours only the first goes: two that are chosen together may well be unreadable. */
function colorCases(template: Template): EdgeCase[] {
  const fields = Object.entries(template.manifest.fields);
  const first = fields.find(([, spec]) => fieldTypeOf(spec).edges.asksFor(spec).includes('color'));
  if (!first) return [];
  const colors = { white: '#ffffff', black: '#000000', yellow: '#ffe600', grey: '#808080' };
  return Object.entries(colors).map(([name, value]) => {
    const data = { ...template.sample, [first[0]]: value };
    return edgeCase(`color_${name}`, `${first[1].label} is ${value}`, data);
  });
}

const assetKinds: Record<TestAssetKind, string> = {
  wide: 'a logo of 8000 by 200 pixels',
  square: 'a square logo',
  tall: 'a picture of 200 by 3000 pixels',
  one_pixel: 'a picture of one pixel',
  transparent: 'a PNG with transparency',
  white: 'a picture that is all white',
  black: 'a picture that is all black',
  busy: 'black and white chequers',
};

/** PNG by name and signature, and nothing after it. */
const DAMAGED_ASSET = 'data:image/png;base64,iVBORw0KGgo=';

async function assetCases(template: Template, pictures: TestAssets): Promise<EdgeCase[]> {
  if (!isAskedFor(template, 'asset')) return [];
  const of = (address: string | undefined) => withKind(template, 'asset', address);
  const drawn = Object.entries(assetKinds).map(async ([kind, about]) => {
    const address = await pictures.address(kind as TestAssetKind);
    return edgeCase(`picture_${kind}`, about, of(address), ['picture_too_small']);
  });
  const malformed = of('portrait (final).jpg');
  return [
    edgeCase('picture_missing', 'no picture is given', of(undefined), MENDED),
    {
      ...edgeCase('picture_malformed', 'what is given is no address', malformed, MENDED),
      mayBeRefused: true,
    },
    edgeCase('picture_damaged', 'a file that cannot be read', of(DAMAGED_ASSET), MENDED),
    ...(await Promise.all(drawn)),
  ];
}

/** What only fields of one type can be given. */
function typeCases(template: Template): EdgeCase[] {
  return Object.entries(template.manifest.fields).flatMap(([field, spec]) => {
    if (spec.derive !== undefined) return [];
    return fieldTypeOf(spec).edges.own.map(({ name, about, value, deserves, mayBeRefused }) => {
      const data = { ...template.sample, [field]: value(spec, template.sample[field]) };
      return { ...edgeCase(`${name}_${field}`, about, data, [...deserves]), mayBeRefused };
    });
  });
}

/** What the template's author found ugly: everything that its data can provoke is deserved. */
function ownCases(template: Template): EdgeCase[] {
  const deserves = new Set<WarningCode>([
    ...SHORTENED,
    ...STEPPED_IN,
    ...AS_TEXT,
    ...MENDED,
    'counted_as_missing',
    'truncated',
  ]);
  return [...template.edgeCases].map(([name, data]) => ({
    name: `own_${name}`,
    about: `ugly/${name}.json of the template`,
    data,
    deserves,
    mayBeRefused: false,
    rotates: false,
  }));
}

/**
 * The ugly cases of a template, made from its manifest and its sample: the same ones in the same
 * order for the same template. The first is the sample itself.
 */
export async function edgeCases(template: Template, pictures: TestAssets): Promise<EdgeCase[]> {
  const sample = edgeCase('sample', 'the sample as it is', { ...template.sample });
  return [
    { ...sample, rotates: false },
    edgeCase('sample_varied', 'the sample with other choices', { ...template.sample }, SHORTENED),
    requiredOnly(template),
    ...textCases(template),
    ...numberCases(template),
    ...dateCases(template),
    ...listCases(template),
    ...colorCases(template),
    ...(await assetCases(template, pictures)),
    ...typeCases(template),
    ...ownCases(template),
  ];
}
