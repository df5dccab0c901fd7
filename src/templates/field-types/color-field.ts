import { quoteValue } from '../clean-text.js';
import { parseColor } from '../parse-color.js';
import { MAX_TEXT_CHARACTERS, wrongType } from '../read-result.js';
import type { FieldType } from './field-type.js';
import { shortText } from './text-input.js';

const options = {};

const OTHER_COLORS = ['#0b7285', '#f2b705', '#1a1a2e'];

export const colorField: FieldType<typeof options> = {
  doc: {
    given:
      '`#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa`, six hex digits without `#`, `rgb()`, `hsl()`, or a CSS name.',
    seen: '`#rrggbb` or `#rrggbbaa`',
  },
  options,
  problems: () => [],
  read(_spec, value) {
    if (typeof value !== 'string') return wrongType('a colour as text, such as "#1a2b3c"', value);
    const input = shortText(value, 'a colour');
    if ('kind' in input) return input;
    const color = parseColor(input.text);
    if (color !== undefined) return { kind: 'value', value: color, notes: input.notes };
    return {
      kind: 'invalid_data',
      message: `${quoteValue(value)} is not a colour. Write it as #rrggbb, rgb(…), hsl(…) or a CSS colour name.`,
    };
  },
  empty: () => '',
  schema: () => ({ type: 'string', maxLength: MAX_TEXT_CHARACTERS, examples: ['#1a2b3c'] }),
  leftovers: 'value',
  lengthUnit: undefined,
  schemaTells: [],
  control: 'color',
  valueType: () => ({ kind: 'color' }),
  asset: undefined,
  paintsScene: true,
  givesInitials: false,
  holdsText: false,
  leavesGap: false,
  mayVary: false,
  inAddress: 'text',
  looks: () => [],
  otherLook: (_spec, value, index) => OTHER_COLORS[index % OTHER_COLORS.length] ?? value,
  edges: {
    asksFor: () => ['color'],
    values: { color: (_spec, _before, color) => color },
    own: [],
  },
};
