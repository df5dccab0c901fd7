import { type CleanOptions, cleanText, quoteValue } from '../clean-text.js';
import { isGarbled } from '../garbled-text.js';
import {
  MAX_TEXT_CHARACTERS,
  type Note,
  type ReadValue,
  tooLong,
  wrongType,
} from '../read-result.js';

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

function garbledNote(text: string): Note[] {
  if (!isGarbled(text)) return [];
  const message = `${quoteValue(text)} was read in a wrong encoding before it came here. Export the data again, as UTF-8.`;
  return [{ code: 'text_garbled', message }];
}

export type TextInput = { text: string; notes: Note[] } | ReadValue;

/** The value as clean text; numbers are welcome wherever text is, as sheets mix the two. */
export function textInput(
  value: unknown,
  wanted: string,
  how: CleanOptions = { lines: false },
): TextInput {
  if (typeof value !== 'string' && typeof value !== 'number') return wrongType(wanted, value);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    return { kind: 'invalid_data', message: `${value} is not a finite number.` };
  }
  const raw = String(value);
  if (raw.length > MAX_TEXT_CHARACTERS) return tooLong(raw, MAX_TEXT_CHARACTERS);
  const { text, removed } = cleanText(raw, how);
  const notes = [...removedNote(removed), ...garbledNote(text)];
  return text === '' ? { kind: 'empty', notes } : { text, notes };
}

/** Longer than any number, date or colour; what is longer was put into the wrong field. */
const MAX_SHORT_CHARACTERS = 200;

export function shortText(value: unknown, wanted: string): TextInput {
  const input = textInput(value, wanted);
  if ('kind' in input || input.text.length <= MAX_SHORT_CHARACTERS) return input;
  return { kind: 'invalid_data', message: `${quoteValue(input.text)} is too long for ${wanted}.` };
}
