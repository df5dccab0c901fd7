import type { WarningCode } from '../errors/warning-catalogue.js';
import type { FieldSpec } from '../templates/manifest.js';
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

/** For text fields without `max_length`. */
const FREE_TEXT_LENGTH = 200;
/** An entry of a list is a tag or a line. */
const ENTRY_LENGTH = 40;
const FREE_LIST_LENGTH = 12;

const SHORTENED: WarningCode[] = ['text_shortened', 'text_at_minimum'];
const STEPPED_IN: WarningCode[] = ['font_stepped_in', 'case_changed'];
/** What data with holes and dead pictures is mended to. */
const MENDED: WarningCode[] = [
  'missing_used_fallback',
  'missing_used_placeholder',
  'invalid_used_fallback',
  'invalid_used_placeholder',
  'picture_failed',
  'picture_too_small',
];

type Make = (name: string, spec: FieldSpec, before: unknown) => unknown;

/** The sample, with the fields of some types made anew. `undefined` takes the field out. */
function withFields(template: Template, types: readonly FieldSpec['type'][], make: Make): Data {
  const data: Data = { ...template.sample };
  for (const [name, spec] of Object.entries(template.manifest.fields)) {
    // What is derived follows from the others, as it does in life.
    if (!types.includes(spec.type) || spec.derive !== undefined) continue;
    const value = make(name, spec, template.sample[name]);
    if (value === undefined) delete data[name];
    else data[name] = value;
  }
  return data;
}

function hasType(template: Template, ...types: FieldSpec['type'][]): boolean {
  return Object.values(template.manifest.fields).some((spec) => types.includes(spec.type));
}

function edgeCase(
  name: string,
  about: string,
  data: Data,
  deserves: readonly WarningCode[] = [],
): EdgeCase {
  return { name, about, data, deserves: new Set(deserves), mayBeRefused: false, rotates: true };
}

/** An entry of a list with each of its parts of one type made anew. */
function entryWith(spec: FieldSpec, entry: unknown, part: 'text' | 'number', value: unknown) {
  const items = spec.items ?? 'text';
  if (typeof items === 'string') return items === part ? value : entry;
  const given = typeof entry === 'object' && entry !== null ? entry : {};
  const made = Object.entries(items).map(([name, type]) => {
    return [name, type === part ? value : Reflect.get(given, name)];
  });
  return Object.fromEntries(made);
}

const entriesOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [];

const TEXT_TYPES = ['text', 'longtext', 'list', 'url', 'choice'] as const;

function textCase(template: Template, trouble: TextTrouble): EdgeCase {
  const data = withFields(template, TEXT_TYPES, (_name, spec, before) => {
    if (spec.type === 'choice') return languageChoice(spec, trouble.language) ?? before;
    if (spec.type === 'url') {
      const path = 'a-rather-long-path/of-an-article/'.repeat(4);
      return trouble.fill === 1 ? `https://www.a-long-name.example.com/${path}` : before;
    }
    if (spec.type === 'list') {
      const text = troubledText(trouble, ENTRY_LENGTH);
      return entriesOf(before).map((entry) => entryWith(spec, entry, 'text', text));
    }
    return troubledText(trouble, spec.max_length ?? FREE_TEXT_LENGTH);
  });
  const glyphs: WarningCode[] = trouble.mayMissGlyphs ? ['glyph_missing'] : [];
  return edgeCase(trouble.name, trouble.about, data, [...SHORTENED, ...STEPPED_IN, ...glyphs]);
}

function languageChoice(spec: FieldSpec, language: string | undefined): string | undefined {
  if (language === undefined) return undefined;
  return spec.choices?.find((c) => c === language || c.startsWith(`${language}-`));
}

function textCases(template: Template): EdgeCase[] {
  if (!hasType(template, 'text', 'longtext', 'list')) return [];
  const lines = 'One line\nand another one\nand a third\n\n\nafter a gap\nthe last\n';
  const cases = textTroubles.map((trouble) => textCase(template, trouble));
  const optional: Make = (_name, spec, before) => (spec.required ? before : '');
  cases.push(
    edgeCase(
      'empty_text',
      'every optional text is empty',
      withFields(template, ['text', 'longtext', 'url'], optional),
      MENDED,
    ),
  );
  if (hasType(template, 'longtext')) {
    const made = withFields(template, ['longtext'], (_name, spec) =>
      lines.slice(0, spec.max_length ?? FREE_TEXT_LENGTH),
    );
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

function bounded(spec: FieldSpec, value: number): number {
  return Math.min(spec.maximum ?? Infinity, Math.max(spec.minimum ?? -Infinity, value));
}

function numberCases(template: Template): EdgeCase[] {
  const holdsNumbers = Object.values(template.manifest.fields).some(
    ({ type, items }) =>
      type === 'number' ||
      items === 'number' ||
      (typeof items === 'object' && Object.values(items).includes('number')),
  );
  if (!holdsNumbers) return [];
  const kinds: [name: string, about: string, value: number][] = [
    ['number_zero', 'every number is 0', 0],
    ['number_negative', 'every number is below zero, where that is allowed', -1234.5],
    ['number_huge', 'numbers of twelve digits, or the greatest allowed', 987654321098],
    ['number_decimals', 'many digits after the point', 1234.56789012],
  ];
  return kinds.map(([name, about, value]) => {
    const data = withFields(template, ['number', 'list'], (_field, spec, before) =>
      spec.type === 'number'
        ? bounded(spec, value)
        : entriesOf(before).map((entry) => entryWith(spec, entry, 'number', value)),
    );
    return edgeCase(name, about, data, SHORTENED);
  });
}

function dateCases(template: Template): EdgeCase[] {
  if (!hasType(template, 'date')) return [];
  // Languages whose dates are written in other ways: other figures, other order, longer words.
  const kinds: [name: string, about: string, value: string, language: string][] = [
    ['date_far_past', 'a year of the Middle Ages', '1066-10-14', 'ja'],
    ['date_far_future', 'the last second of 9999', '9999-12-31T23:59:59Z', 'ar'],
    ['date_without_time', 'a Wednesday in September, no time of day', '2026-09-30', 'pt'],
    ['date_with_time', 'a late Wednesday in September', '2026-09-30T22:58:00+02:00', 'pl'],
  ];
  return kinds.map(([name, about, value, language]) => {
    const data = withFields(template, ['date', 'choice'], (_field, spec, before) =>
      spec.type === 'date' ? value : (languageChoice(spec, language) ?? before),
    );
    return edgeCase(name, about, data, [...SHORTENED, ...STEPPED_IN]);
  });
}

function listCases(template: Template): EdgeCase[] {
  if (!hasType(template, 'list')) return [];
  const resized = (count: (spec: FieldSpec) => number): Data =>
    withFields(template, ['list'], (_name, spec, before) => {
      const entries = entriesOf(before);
      if (spec.required && count(spec) === 0) return before;
      return Array.from({ length: count(spec) }, (_, i) => entries[i % entries.length] ?? 'Entry');
    });
  return [
    edgeCase(
      'list_empty',
      'lists without entries',
      resized(() => 0),
      MENDED,
    ),
    edgeCase(
      'list_one',
      'lists of one entry',
      resized(() => 1),
    ),
    edgeCase(
      'list_full',
      'lists as long as they may be',
      resized((spec) => spec.max_length ?? FREE_LIST_LENGTH),
      SHORTENED,
    ),
  ];
}

/** Of several colours only the first goes: two that are chosen together may well be unreadable. */
function colorCases(template: Template): EdgeCase[] {
  const first = Object.entries(template.manifest.fields).find(([, spec]) => spec.type === 'color');
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
  if (!hasType(template, 'image')) return [];
  const all = (make: Make) => withFields(template, ['image'], make);
  const drawn = Object.entries(assetKinds).map(async ([kind, about]) => {
    const address = await pictures.address(kind as TestAssetKind);
    return edgeCase(
      `picture_${kind}`,
      about,
      all(() => address),
      ['picture_too_small'],
    );
  });
  const isNeeded = (spec: FieldSpec) => spec.required === true && spec.on_error === undefined;
  return [
    edgeCase(
      'picture_missing',
      'no picture is given',
      all((_name, spec, before) => (isNeeded(spec) ? before : undefined)),
      MENDED,
    ),
    {
      ...edgeCase(
        'picture_malformed',
        'what is given is no address',
        all(() => 'portrait (final).jpg'),
        MENDED,
      ),
      mayBeRefused: true,
    },
    edgeCase(
      'picture_damaged',
      'a file that cannot be read',
      all(() => DAMAGED_ASSET),
      MENDED,
    ),
    ...(await Promise.all(drawn)),
  ];
}

/** What the template's author found ugly: everything that its data can provoke is deserved. */
function ownCases(template: Template): EdgeCase[] {
  const deserves = new Set<WarningCode>([...SHORTENED, ...STEPPED_IN, ...MENDED, 'truncated']);
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
    ...ownCases(template),
  ];
}
