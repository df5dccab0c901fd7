import { quoteValue } from '../clean-text.js';
import { type ParsedDate, parseDate } from '../parse-date.js';
import { MAX_TEXT_CHARACTERS, type Note } from '../read-result.js';
import type { FieldType } from './field-type.js';
import { shortText } from './text-input.js';

const options = {};

const isOpen = (problem: string) => problem.startsWith('can be read');
const WHAT_SETTLES = ' Else name the `locale` of the row, or the `date_order` of the list.';

function serialNotes(parsed: ParsedDate, given: unknown): Note[] {
  if (!('isSerial' in parsed) || !parsed.isSerial) return [];
  const message = `${quoteValue(given)} was read as the number of a day in Excel: ${parsed.value}. Format the column as a date before you save the sheet.`;
  return [{ code: 'date_from_serial', message }];
}

export const dateField: FieldType<typeof options> = {
  doc: {
    given:
      'ISO 8601 (`2026-11-21`, `2026-11-21T18:00:00Z`), milliseconds since 1970, `20261121`, `2026/11/21`, `21.11.2026 18:30`, `11/21/2026 6:30 PM`, `21-Nov-26`, `21 November 2026` with the names of months in any language, mail dates, and days as Excel counts them (`46347`). Not `03/04/2026`, which can be read in two ways: see [Numbers and dates](#numbers-and-dates).',
    seen: "ISO 8601. A time with an offset is kept in UTC; one without stays the wall clock's",
  },
  options,
  problems: () => [],
  read(_spec, value, context) {
    const wanted = 'a date such as "2026-11-21"';
    const input = typeof value === 'number' ? { text: value, notes: [] } : shortText(value, wanted);
    if ('kind' in input) return input;
    const parsed = parseDate(input.text, context.hints);
    if ('value' in parsed) {
      const notes = [...input.notes, ...serialNotes(parsed, value)];
      return { kind: 'value', value: parsed.value, notes };
    }
    return {
      kind: 'invalid_data',
      message: `${quoteValue(value)} ${parsed.problem}. Write it as 2026-11-21 or 2026-11-21T18:00:00Z.${isOpen(parsed.problem) ? WHAT_SETTLES : ''}`,
    };
  },
  empty: () => '',
  schema: () => ({
    type: 'string',
    maxLength: MAX_TEXT_CHARACTERS,
    examples: ['2026-11-21', '2026-11-21T18:00:00Z'],
  }),
  leftovers: 'value',
  lengthUnit: undefined,
  schemaTells: [],
  control: 'date',
  valueType: () => ({ kind: 'date' }),
  asset: undefined,
  paintsScene: true,
  givesInitials: false,
  holdsText: false,
  leavesGap: true,
  mayVary: () => true,
  inAddress: 'text',
  looks: () => [],
  otherLook: (_spec, value) => value,
  edges: {
    asksFor: () => ['date'],
    values: { date: (_spec, _before, { value }) => value },
    own: [],
  },
};
