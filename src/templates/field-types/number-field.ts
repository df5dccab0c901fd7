import { z } from 'zod';
import { quoteValue } from '../clean-text.js';
import { parseNumber } from '../parse-number.js';
import type { FieldType } from './field-type.js';
import { shortText } from './text-input.js';

const options = { minimum: z.number().optional(), maximum: z.number().optional() };

export const numberField: FieldType<typeof options> = {
  doc: {
    given:
      "A number, or text: `1234.5`, `12,5`, `1 234,50`, `1'234.50`, `1,234.50`, `1.234,50`, `€ 12`. Not `1,234`, which can be read in two ways, and not `12%`.",
    seen: 'a number, or nothing',
  },
  options,
  problems({ minimum, maximum }) {
    if (minimum === undefined || maximum === undefined || minimum <= maximum) return [];
    return [{ key: 'minimum', message: `minimum ${minimum} is above maximum ${maximum}.` }];
  },
  read(spec, value) {
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
  },
  empty: () => null,
  schema: ({ minimum, maximum }) => ({
    type: 'number',
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  }),
  leftovers: 'value',
  lengthUnit: undefined,
  schemaTells: ['minimum', 'maximum'],
  control: 'number',
  valueType: () => ({ kind: 'number' }),
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
    asksFor: () => ['number'],
    values: {
      number: ({ minimum = -Infinity, maximum = Infinity }, _before, value) =>
        Math.min(maximum, Math.max(minimum, value)),
    },
    own: [],
  },
};
