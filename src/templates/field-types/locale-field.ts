import { quoteValue } from '../clean-text.js';
import { canonicalLocale, hasFormats } from '../locale.js';
import { asksForNothing } from './field-edges.js';
import type { FieldType } from './field-type.js';
import { shortText } from './text-input.js';

const options = {};

export const localeField: FieldType<typeof options> = {
  doc: {
    given: 'A language as a tag of BCP 47: `de`, `pt-BR`, `zh-Hant-TW`; `pt_BR` is read, too.',
    seen: 'the canonical tag, for `locale=` and `lang`',
  },
  options,
  problems: () => [],
  read(_spec, value) {
    if (typeof value === 'number') {
      return { kind: 'invalid_data', message: `${value} is no language. Write one like "pt-BR".` };
    }
    const input = shortText(value, 'a language as text');
    if ('kind' in input) return input;
    const { text, notes } = input;
    const tag = canonicalLocale(text);
    if (tag === undefined) {
      const message = `${quoteValue(text)} is no tag of a language. Write it like "de", "pt-BR" or "zh-TW" (BCP 47).`;
      return { kind: 'invalid_data', message };
    }
    if (hasFormats(tag)) return { kind: 'value', value: tag, notes };
    const message = `No formats are known for the language "${tag}"; dates and numbers are written as in English.`;
    return {
      kind: 'value',
      value: tag,
      notes: [...notes, { code: 'locale_without_formats', message }],
    };
  },
  empty: () => '',
  leftovers: 'value',
  schema: () => ({ type: 'string', maxLength: 100, examples: ['en-US', 'de', 'pt-BR', 'zh-TW'] }),
  lengthUnit: undefined,
  schemaTells: [],
  control: 'text',
  valueType: () => ({ kind: 'text' }),
  asset: undefined,
  paintsScene: false,
  givesInitials: false,
  holdsText: false,
  leavesGap: false,
  mayVary: () => true,
  inAddress: 'text',
  looks: () => [],
  otherLook: (_spec, value) => value,
  edges: {
    asksFor: asksForNothing,
    values: {
      text: (_spec, before, { language }) => language ?? before,
      date: (_spec, before, { language }) => language ?? before,
    },
    own: [],
  },
};
