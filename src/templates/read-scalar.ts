import { didYouMean } from '../lib/nearest-name.js';
import { changeCase } from './change-case.js';
import { cleanText, graphemeCount, quoteValue, truncateText } from './clean-text.js';
import type { FieldSpec } from './manifest.js';
import {
  MAX_DATA_URL_CHARACTERS,
  type ParsedAddress,
  parseAssetAddress,
  parseWebAddress,
} from './parse-address.js';
import { parseColor } from './parse-color.js';
import { parseDate } from './parse-date.js';
import { parseNumber } from './parse-number.js';
import {
  MAX_TEXT_CHARACTERS,
  type Note,
  type ReadContext,
  type ReadValue,
  tooLong,
  wrongType,
} from './read-result.js';

function removedNote(removed: number): Note[] {
  if (removed === 0) return [];
  const what = removed === 1 ? '1 invisible character' : `${removed} invisible characters`;
  return [
    {
      code: 'control_characters_removed',
      message: `${what} that cannot be shown ${removed === 1 ? 'was' : 'were'} removed. Clean the source of the data.`,
    },
  ];
}

type TextInput = { text: string; notes: Note[] } | ReadValue;

/** The value as clean text; numbers are welcome wherever text is, as sheets mix the two. */
function textInput(value: unknown, wanted: string, lines = false): TextInput {
  if (typeof value !== 'string' && typeof value !== 'number') return wrongType(wanted, value);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { kind: 'invalid_data', message: `${value} is not a finite number.` };
  }
  const raw = String(value);
  if (raw.length > MAX_TEXT_CHARACTERS) return tooLong(raw, MAX_TEXT_CHARACTERS);
  const { text, removed } = cleanText(raw, { lines });
  const notes = removedNote(removed);
  return text === '' ? { kind: 'empty', notes } : { text, notes };
}

export function readText(spec: FieldSpec, value: unknown): ReadValue {
  const input = textInput(value, 'text', spec.type === 'longtext');
  if ('kind' in input) return input;
  const notes = [...input.notes];
  let text = changeCase(input.text, spec.case ?? 'as_is');
  if (text !== input.text) {
    const were = /\p{Lu}/u.test(input.text) ? 'capitals' : 'small letters';
    notes.push({
      code: 'case_changed',
      message: `${quoteValue(input.text)} is written all in ${were}; it is shown as ${quoteValue(text)}. Text in mixed case is never changed.`,
    });
  }
  const cut = spec.max_length === undefined ? undefined : truncateText(text, spec.max_length);
  if (cut !== undefined) {
    notes.push({
      code: 'truncated',
      message: `${quoteValue(text)} has ${graphemeCount(text)} characters; it was cut to ${spec.max_length}. Shorten it to decide yourself what is left out.`,
    });
    text = cut;
  }
  return { kind: 'value', value: text, notes };
}

/** Longer than any number, date or colour; what is longer was put into the wrong field. */
const MAX_SHORT_CHARACTERS = 200;

function shortText(value: unknown, wanted: string): TextInput {
  const input = textInput(value, wanted);
  if ('kind' in input || input.text.length <= MAX_SHORT_CHARACTERS) return input;
  return { kind: 'invalid_data', message: `${quoteValue(input.text)} is too long for ${wanted}.` };
}

export function readNumber(spec: FieldSpec, value: unknown): ReadValue {
  const wanted = 'a number such as 1234.5';
  const input = typeof value === 'number' ? { text: value, notes: [] } : shortText(value, wanted);
  if ('kind' in input) return input;
  const parsed = parseNumber(input.text);
  if ('problem' in parsed) {
    return {
      kind: 'invalid_data',
      message: `${quoteValue(value)} ${parsed.problem}. Write it like 1234.5, without separators.`,
    };
  }
  const { minimum = -Infinity, maximum = Infinity } = spec;
  if (parsed.value < minimum || parsed.value > maximum) {
    const bound = parsed.value < minimum ? `at least ${minimum}` : `at most ${maximum}`;
    return { kind: 'invalid_data', message: `${parsed.value} is out of range; give ${bound}.` };
  }
  return { kind: 'value', value: parsed.value, notes: input.notes };
}

export function readDate(value: unknown): ReadValue {
  const wanted = 'a date such as "2026-11-21"';
  const input = typeof value === 'number' ? { text: value, notes: [] } : shortText(value, wanted);
  if ('kind' in input) return input;
  const parsed = parseDate(input.text);
  if ('value' in parsed) return { kind: 'value', value: parsed.value, notes: input.notes };
  return {
    kind: 'invalid_data',
    message: `${quoteValue(value)} ${parsed.problem}. Write it as 2026-11-21 or 2026-11-21T18:00:00Z.`,
  };
}

export function readColor(value: unknown): ReadValue {
  if (typeof value !== 'string') return wrongType('a colour as text, such as "#1a2b3c"', value);
  const input = shortText(value, 'a colour');
  if ('kind' in input) return input;
  const color = parseColor(input.text);
  if (color !== undefined) return { kind: 'value', value: color, notes: input.notes };
  return {
    kind: 'invalid_data',
    message: `${quoteValue(value)} is not a colour. Write it as #rrggbb, rgb(…), hsl(…) or a CSS colour name.`,
  };
}

function readAddress(parsed: ParsedAddress, shown: string, notes: Note[]): ReadValue {
  if ('problem' in parsed) return { kind: 'invalid_data', message: `${shown} ${parsed.problem}.` };
  if (!parsed.schemeAdded) return { kind: 'value', value: parsed.value, notes };
  const message = `${shown} is read as ${quoteValue(parsed.value)}. Write addresses with https://.`;
  return {
    kind: 'value',
    value: parsed.value,
    notes: [...notes, { code: 'scheme_added', message }],
  };
}

export function readImage(value: unknown, context: ReadContext): ReadValue {
  if (typeof value !== 'string') return wrongType('the address of a picture as text', value);
  const isData = /^\s*data:/i.test(value);
  const max = isData ? MAX_DATA_URL_CHARACTERS : MAX_TEXT_CHARACTERS;
  if (value.length > max) return tooLong(value, max);
  const input = isData
    ? { text: value.trim(), notes: [] }
    : textInput(value, 'the address of a picture');
  if ('kind' in input) return input;
  const parsed = parseAssetAddress(input.text, context.templateAssets);
  return readAddress(parsed, quoteValue(value.slice(0, 200)), input.notes);
}

export function readUrl(value: unknown): ReadValue {
  if (typeof value !== 'string') return wrongType('a web address as text', value);
  const input = textInput(value, 'a web address');
  if ('kind' in input) return input;
  return readAddress(parseWebAddress(input.text), quoteValue(input.text), input.notes);
}

const YES = new Set(['true', 'yes', 'y', 'on', '1']);
const NO = new Set(['false', 'no', 'n', 'off', '0']);

export function readBoolean(value: unknown): ReadValue {
  if (typeof value === 'boolean') return { kind: 'value', value, notes: [] };
  const input = shortText(value, 'true or false');
  if ('kind' in input) return input;
  const word = input.text.toLowerCase();
  if (YES.has(word) || NO.has(word)) {
    return { kind: 'value', value: YES.has(word), notes: input.notes };
  }
  return {
    kind: 'invalid_data',
    message: `${quoteValue(value)} is neither yes nor no. Write true or false.`,
  };
}

export function readChoice(spec: FieldSpec, value: unknown): ReadValue {
  const input = textInput(value, 'one of the choices as text');
  if ('kind' in input) return input;
  const choices = spec.choices ?? [];
  if (choices.includes(input.text)) return { kind: 'value', value: input.text, notes: input.notes };
  const plain = (s: string) => s.toLowerCase().replaceAll(/[\s_-]+/g, ' ');
  const alike = choices.filter((c) => plain(c) === plain(input.text));
  const [match] = alike;
  if (match !== undefined && alike.length === 1) {
    const message = `${quoteValue(input.text)} is read as the choice "${match}". Write it exactly so.`;
    return {
      kind: 'value',
      value: match,
      notes: [...input.notes, { code: 'choice_matched', message }],
    };
  }
  return {
    kind: 'invalid_data',
    message: `${quoteValue(input.text)} is not a choice.${didYouMean(input.text, choices)} Choose one of: ${choices.join(', ')}.`,
  };
}
