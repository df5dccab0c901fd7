import { quoteValue } from '../clean-text.js';
import { parseDate } from '../parse-date.js';
import { MAX_TEXT_CHARACTERS } from '../read-result.js';
import type { FieldType } from './field-type.js';
import { shortText } from './text-input.js';

const options = {};

export const dateField: FieldType<typeof options> = {
  doc: {
    given:
      'ISO 8601 (`2026-11-21`, `2026-11-21T18:00:00Z`), milliseconds since 1970, `20261121`, `2026/11/21`, `21 November 2026`, `Nov 21, 2026`, mail dates, and `25/12/2026`. Not `03/04/2026`, which can be read in two ways.',
    seen: "ISO 8601. A time with an offset is kept in UTC; one without stays the wall clock's",
  },
  options,
  problems: () => [],
  read(_spec, value) {
    const wanted = 'a date such as "2026-11-21"';
    const input = typeof value === 'number' ? { text: value, notes: [] } : shortText(value, wanted);
    if ('kind' in input) return input;
    const parsed = parseDate(input.text);
    if ('value' in parsed) return { kind: 'value', value: parsed.value, notes: input.notes };
    return {
      kind: 'invalid_data',
      message: `${quoteValue(value)} ${parsed.problem}. Write it as 2026-11-21 or 2026-11-21T18:00:00Z.`,
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
