import { z } from 'zod';
import { didYouMean } from '../../lib/nearest-name.js';
import { quoteValue } from '../clean-text.js';
import { nearestLocale } from '../locale.js';
import { asksForNothing, languageChoice } from './field-edges.js';
import type { FieldType } from './field-type.js';
import { textInput } from './text-input.js';

const options = {
  choices: z
    .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 _-]{0,63}$/))
    .min(1)
    .optional(),
};

const plain = (text: string) => text.toLowerCase().replaceAll(/[\s_-]+/g, ' ');

export const choiceField: FieldType<typeof options> = {
  doc: {
    given:
      'One of `choices`; other case, spaces, `-` or `_` are forgiven. Of languages, the nearest one: `pt-BR` is `pt`.',
    seen: 'the choice as the manifest spells it',
  },
  options,
  problems({ choices }) {
    if (choices === undefined) {
      return [{ message: 'A choice needs choices, e.g. "choices": ["light", "dark"].' }];
    }
    if (new Set(choices).size === choices.length) return [];
    return [{ key: 'choices', message: 'A choice is listed twice.' }];
  },
  read({ choices = [] }, value) {
    const input = textInput(value, 'one of the choices as text');
    if ('kind' in input) return input;
    const { text, notes } = input;
    if (choices.includes(text)) return { kind: 'value', value: text, notes };
    const alike = choices.filter((choice) => plain(choice) === plain(text));
    const [match] = alike;
    if (match !== undefined && alike.length === 1) {
      const message = `${quoteValue(text)} is read as the choice "${match}". Write it exactly so.`;
      return {
        kind: 'value',
        value: match,
        notes: [...notes, { code: 'choice_matched', message }],
      };
    }
    const nearest = nearestLocale(text, choices);
    if (nearest !== undefined) {
      const message = `${quoteValue(text)} is read as "${nearest}", the choice that is nearest to it.`;
      return {
        kind: 'value',
        value: nearest,
        notes: [...notes, { code: 'choice_matched', message }],
      };
    }
    return {
      kind: 'invalid_data',
      message: `${quoteValue(text)} is not a choice.${didYouMean(text, choices)} Choose one of: ${choices.join(', ')}.`,
    };
  },
  empty: () => '',
  schema: ({ choices = [] }) => ({ type: 'string', enum: choices }),
  leftovers: 'value',
  lengthUnit: undefined,
  schemaTells: ['choices'],
  control: 'select',
  valueType: () => ({ kind: 'text' }),
  asset: undefined,
  paintsScene: true,
  givesInitials: false,
  holdsText: false,
  leavesGap: false,
  mayVary: () => true,
  inAddress: 'text',
  looks: ({ choices = [] }) => choices,
  otherLook: ({ choices = [] }, value) =>
    choices[(choices.indexOf(String(value)) + 1) % choices.length] ?? value,
  edges: {
    asksFor: asksForNothing,
    values: {
      text: (spec, before, { language }) => languageChoice(spec, language) ?? before,
      date: (spec, before, { language }) => languageChoice(spec, language) ?? before,
    },
    own: [],
  },
};
