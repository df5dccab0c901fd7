import { z } from 'zod';
import { didYouMean } from '../../lib/nearest-name.js';
import { quoteValue } from '../clean-text.js';
import { type ParsedNumber, parseNumber } from '../parse-number.js';
import type { Note, ReadContext } from '../read-result.js';

import { identifier } from './field-options.js';
import type { FieldType, OptionProblem } from './field-type.js';
import { shortText } from './text-input.js';

const options = {
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  /** The field that names the currency of the amount. */
  currency: identifier.optional(),
};

const isOpen = (problem: string) => problem.startsWith('can be read');
const WHAT_SETTLES =
  ' Else name the `locale` or the currency of the row, or the `decimal` mark of the list.';

/** The amount names another currency than the one that it is shown in. */
function currencyNotes(parsed: ParsedNumber, { hints }: ReadContext): Note[] {
  if (!('sign' in parsed) || parsed.sign === undefined) return [];
  const shown = hints?.currency ?? hints?.standardCurrency;
  if (shown === undefined || parsed.currencies?.includes(shown)) return [];
  return [
    {
      code: 'currency_differs',
      message: `The amount names its currency as ${quoteValue(parsed.sign)} and is shown in ${shown}. Give the code of its currency, or leave it out of the amount.`,
    },
  ];
}

export const numberField: FieldType<typeof options> = {
  doc: {
    given:
      "A number, or text: `1234.5`, `12,5`, `1 234,50`, `1'234.50`, `1,234.50`, `1.234,50`, `1,49,999`, `€ 12`, `Rp 125.000`, `(1,234.50)`, digits of any script. Not `1,234` or `1.234`, which can be read in two ways: see [Numbers and dates](#numbers-and-dates). Not `12%`.",
    seen: 'a number, or nothing',
  },
  options,
  problems({ minimum, maximum, currency }, { fields }) {
    const problems: OptionProblem[] = [];
    if (minimum !== undefined && maximum !== undefined && minimum > maximum) {
      problems.push({
        key: 'minimum',
        message: `minimum ${minimum} is above maximum ${maximum}.`,
      });
    }
    if (currency !== undefined && !Object.hasOwn(fields, currency)) {
      const hint = didYouMean(currency, Object.keys(fields));
      problems.push({ key: 'currency', message: `There is no field "${currency}".${hint}` });
    }
    return problems;
  },
  read(spec, value, context) {
    const wanted = 'a number such as 1234.5';
    const input = typeof value === 'number' ? { text: value, notes: [] } : shortText(value, wanted);
    if ('kind' in input) return input;
    const parsed = parseNumber(input.text, context.hints);
    if ('problem' in parsed) {
      return {
        kind: 'invalid_data',
        message: `${quoteValue(value)} ${parsed.problem}. Write it like 1234.5, without separators.${isOpen(parsed.problem) ? WHAT_SETTLES : ''}`,
      };
    }
    const { minimum = -Infinity, maximum = Infinity } = spec;
    if (parsed.value < minimum || parsed.value > maximum) {
      const bound = parsed.value < minimum ? `at least ${minimum}` : `at most ${maximum}`;
      return { kind: 'invalid_data', message: `${parsed.value} is out of range; give ${bound}.` };
    }
    return {
      kind: 'value',
      value: parsed.value,
      notes: [...input.notes, ...currencyNotes(parsed, context)],
    };
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
