import { quoteValue } from '../clean-text.js';
import { parseWebAddress } from '../parse-address.js';
import { MAX_TEXT_CHARACTERS, wrongType } from '../read-result.js';
import { addressValue } from './address-value.js';
import { asksForNothing, emptiedText } from './field-edges.js';
import type { FieldType } from './field-type.js';
import { textInput } from './text-input.js';

const options = {};

const LONG_URL = `https://www.a-long-name.example.com/${'a-rather-long-path/of-an-article/'.repeat(4)}`;

export const urlField: FieldType<typeof options> = {
  doc: {
    given:
      '`https://…`, `http://…`, or `example.com/…`, which becomes `https://`. No user name or password.',
    seen: 'the address, canonical, as text',
  },
  options,
  problems: () => [],
  read(_spec, value) {
    if (typeof value !== 'string') return wrongType('a web address as text', value);
    const input = textInput(value, 'a web address');
    if ('kind' in input) return input;
    return addressValue(parseWebAddress(input.text), quoteValue(input.text), input.notes);
  },
  empty: () => '',
  schema: () => ({
    type: 'string',
    maxLength: MAX_TEXT_CHARACTERS,
    examples: ['https://example.com/'],
  }),
  leftovers: 'address',
  lengthUnit: undefined,
  schemaTells: [],
  control: 'url',
  valueType: () => ({ kind: 'text' }),
  asset: undefined,
  paintsScene: false,
  givesInitials: false,
  holdsText: true,
  leavesGap: true,
  mayVary: false,
  inAddress: 'text',
  looks: () => [],
  otherLook: (_spec, value) => value,
  edges: {
    asksFor: asksForNothing,
    values: {
      text: (_spec, before, { isLongest }) => (isLongest ? LONG_URL : before),
      no_text: emptiedText,
    },
    own: [],
  },
};
