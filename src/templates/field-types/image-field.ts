import { z } from 'zod';
import { didYouMean } from '../../lib/nearest-name.js';
import { quoteValue } from '../clean-text.js';
import { MAX_DATA_URL_CHARACTERS, parseAssetAddress } from '../parse-address.js';
import { MAX_TEXT_CHARACTERS, tooLong, wrongType } from '../read-result.js';
import { addressValue } from './address-value.js';
import { boxOption, identifier, onErrorOption } from './field-options.js';
import type { FieldType } from './field-type.js';
import { textInput } from './text-input.js';

/** Which part of a picture a crop keeps; `attention` looks for faces, contrast and colour. */
const focusPoints = ['center', 'attention', 'top', 'right', 'bottom', 'left'] as const;

export type FocusPoint = (typeof focusPoints)[number];

const options = {
  box: boxOption,
  fit: z.enum(['cover', 'contain']).optional(),
  /** What stays of a picture that is cropped to its box. Only with `fit: cover`. */
  focus: z.enum(focusPoints).optional(),
  on_error: onErrorOption,
  /** With `on_error: initials`: the field that the initials are taken from. */
  initials_from: identifier.optional(),
};

export const imageField: FieldType<typeof options> = {
  doc: {
    given:
      '`https://…`, `http://…`, `//host/…`, `data:image/…`, or `asset:portrait.jpg` for `assets/portrait.jpg` of the template.',
    seen: 'the address of the prepared picture, or empty',
  },
  options,
  problems(spec, manifest) {
    const problems: ReturnType<FieldType['problems']> = [];
    const from = spec.initials_from;
    const names = Object.keys(manifest.fields);
    if (from !== undefined && !manifest.fields[from]) {
      const message = `There is no field "${from}".${didYouMean(from, names)}`;
      problems.push({ key: 'initials_from', message });
    }
    if (spec.focus !== undefined && spec.fit === 'contain') {
      const message = 'focus is for "fit": "cover": a picture that is contained is not cropped.';
      problems.push({ key: 'focus', message });
    }
    if (spec.focus !== undefined && spec.box === undefined) {
      const message = 'focus needs a box: it is what the picture is cropped to.';
      problems.push({ key: 'focus', message });
    }
    if (spec.on_error === 'initials' && from === undefined) {
      const message = 'Say with initials_from which field the initials come from.';
      problems.push({ key: 'on_error', message });
    }
    return problems;
  },
  read(_spec, value, context) {
    if (typeof value !== 'string') return wrongType('the address of a picture as text', value);
    const isData = /^\s*data:/i.test(value);
    const max = isData ? MAX_DATA_URL_CHARACTERS : MAX_TEXT_CHARACTERS;
    if (value.length > max) return tooLong(value, max);
    const input = isData
      ? { text: value.trim(), notes: [] }
      : textInput(value, 'the address of a picture');
    if ('kind' in input) return input;
    const parsed = parseAssetAddress(input.text, context.templateAssets);
    return addressValue(parsed, quoteValue(value.slice(0, 200)), input.notes);
  },
  empty: () => '',
  schema: () => ({ type: 'string', pattern: '^([Hh][Tt][Tt][Pp][Ss]?://|data:image/|asset:)' }),
  leftovers: 'address',
  lengthUnit: undefined,
  schemaTells: [],
  control: 'image',
  valueType: () => ({ kind: 'image' }),
  asset: { from: 'address' },
  paintsScene: false,
  givesInitials: false,
  holdsText: false,
  leavesGap: true,
  mayVary: false,
  inAddress: 'text',
  looks: () => [],
  otherLook: (_spec, value) => value,
  edges: {
    asksFor: () => ['asset'],
    values: {
      asset(spec, before, address) {
        const isNeeded = spec.required === true && spec.on_error === undefined;
        return address === undefined && isNeeded ? before : address;
      },
    },
    own: [],
  },
};
