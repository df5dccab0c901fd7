import { changeCase } from '../change-case.js';
import { graphemeCount, quoteValue, truncateText } from '../clean-text.js';
import { MAX_TEXT_CHARACTERS, type ReadContext, type ReadValue } from '../read-result.js';
import { emptiedText, textLength } from './field-edges.js';
import { asWrittenOption, caseOption, maxLengthOption } from './field-options.js';
import type { FieldType } from './field-type.js';
import { textInput } from './text-input.js';

type Spec = Parameters<FieldType['read']>[0];

function readText(
  spec: Spec,
  value: unknown,
  { language }: ReadContext,
  lines: boolean,
): ReadValue {
  const input = textInput(value, 'text', { lines });
  if ('kind' in input) return input;
  const notes = [...input.notes];
  let text = changeCase(input.text, spec.case ?? 'as_is', language);
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

const options = {
  max_length: maxLengthOption,
  case: caseOption,
  as_written: asWrittenOption,
};

export const textField: FieldType<typeof options> = {
  doc: {
    given: 'Text or a number. White space and line breaks become single spaces.',
    seen: 'text',
  },
  options,
  problems: () => [],
  read: (spec, value, context) => readText(spec, value, context, false),
  empty: () => '',
  schema: () => ({ type: 'string', maxLength: MAX_TEXT_CHARACTERS }),
  leftovers: 'text',
  lengthUnit: 'characters',
  schemaTells: [],
  control: 'text',
  valueType: () => ({ kind: 'text' }),
  asset: undefined,
  paintsScene: false,
  givesInitials: true,
  holdsText: true,
  leavesGap: true,
  mayVary: () => true,
  inAddress: 'text',
  looks: () => [],
  otherLook: (_spec, value) => value,
  edges: {
    asksFor: () => ['text'],
    values: {
      text: (spec, _before, text) => text.of(textLength(spec)),
      no_text: emptiedText,
    },
    own: [],
  },
};

/** Text in which line breaks stay. */
export const longtextField: FieldType<typeof options> = {
  ...textField,
  doc: {
    given: 'The same; single line breaks stay. Show it with `white-space: pre-line`.',
    seen: 'text',
  },
  read: (spec, value, context) => readText(spec, value, context, true),
  control: 'textarea',
  givesInitials: false,
  edges: {
    asksFor: () => ['text', 'lines'],
    values: {
      ...textField.edges.values,
      lines: (spec, _before, lines) => lines.slice(0, textLength(spec)),
    },
    own: [],
  },
};
