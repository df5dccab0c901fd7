import { quoteValue } from '../clean-text.js';
import { asksForNothing } from './field-edges.js';
import type { FieldType } from './field-type.js';
import { shortText } from './text-input.js';

const options = {};

const YES = new Set(['true', 'yes', 'y', 'on', '1']);
const NO = new Set(['false', 'no', 'n', 'off', '0']);

export const booleanField: FieldType<typeof options> = {
  doc: {
    given: '`true`, `false`, 1, 0, or `yes`/`no`, `y`/`n`, `on`/`off`, `true`/`false` in any case.',
    seen: 'true or false',
  },
  options,
  problems: () => [],
  read(_spec, value) {
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
  },
  empty: () => false,
  schema: () => ({ type: 'boolean' }),
  leftovers: 'value',
  lengthUnit: undefined,
  schemaTells: [],
  control: 'checkbox',
  valueType: () => ({ kind: 'boolean' }),
  asset: undefined,
  paintsScene: true,
  givesInitials: false,
  holdsText: false,
  leavesGap: false,
  mayVary: () => true,
  inAddress: 'text',
  looks: () => [true, false],
  otherLook: (_spec, value) => !value,
  edges: { asksFor: asksForNothing, values: {}, own: [] },
};
