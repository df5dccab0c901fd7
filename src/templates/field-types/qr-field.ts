import { z } from 'zod';
import { quoteValue } from '../clean-text.js';
import type { FieldSpec } from '../manifest.js';
import { parseColor } from '../parse-color.js';
import type { Note } from '../read-result.js';
import { type CodeModules, type CodeSymbology, codeSymbologies } from './code-symbologies.js';
import { drawCode, moduleSize } from './draw-code.js';
import { asksForNothing } from './field-edges.js';
import { boxOption, onErrorOption } from './field-options.js';
import type { FieldType, OptionProblem } from './field-type.js';
import { textInput } from './text-input.js';

type Symbology = keyof typeof codeSymbologies;

const options = {
  box: boxOption,
  on_error: onErrorOption,
  symbology: z.enum(Object.keys(codeSymbologies) as [Symbology, ...Symbology[]]).optional(),
  /** QR codes: how much of the code may be damaged or covered, from 7% to 30%. */
  error_correction: z.enum(['low', 'medium', 'quartile', 'high']).optional(),
  /** The colours of bars and modules, and of what is between and around them. */
  dark: z.string().max(100).optional(),
  light: z.string().max(100).optional(),
};

const BOXES: Record<'square' | 'bars', [number, number]> = { square: [400, 400], bars: [400, 200] };
/** CSS pixels: a camera in front of a screen tells no thinner bars apart. */
const LEAST_MODULE_PX = 2;
/** Symbol contrast, ISO/IEC 15416: below it many scanners see nothing. */
const LEAST_CONTRAST = 0.4;

/** What leads nowhere when it is scanned: no address, no number to call, no contact. */
const PLAIN_CODE = /^[\p{L}\p{N} _+*#-]+$/u;

function symbologyOf({ symbology = 'qr' }: FieldSpec): CodeSymbology {
  return codeSymbologies[symbology];
}

function boxOf({ box, symbology = 'qr' }: FieldSpec): [number, number] {
  return box ?? BOXES[symbology === 'qr' ? 'square' : 'bars'];
}

/** How much light comes back from a colour, 0 to 1. */
function reflectance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const colorOf = (text: string | undefined, standard: string) => parseColor(text ?? '') ?? standard;

function lookOf(spec: FieldSpec) {
  return {
    box: boxOf(spec),
    dark: colorOf(spec.dark, '#000000'),
    light: colorOf(spec.light, '#ffffff'),
  };
}

function colorProblems(spec: FieldSpec): OptionProblem[] {
  const problems = (['dark', 'light'] as const).flatMap((key): OptionProblem[] => {
    const text = spec[key];
    if (text === undefined || parseColor(text)?.length === 7) return [];
    const message = `${key}: ${quoteValue(text)} is not a colour without transparency. Write it as #rrggbb.`;
    return [{ key, message }];
  });
  if (problems.length > 0) return problems;
  const { dark, light } = lookOf(spec);
  const contrast = reflectance(light) - reflectance(dark);
  if (contrast >= LEAST_CONTRAST) return [];
  const message = `dark ${dark} on light ${light} cannot be scanned: dark must be much darker than light.`;
  return [{ key: spec.dark === undefined ? 'light' : 'dark', message }];
}

/** @throws Error for what `read` would not have given */
function modulesOf(spec: FieldSpec, value: string): CodeModules {
  const encoded = symbologyOf(spec).encode(value, spec);
  if ('modules' in encoded) return encoded.modules;
  throw new Error(`No code can be drawn: ${quoteValue(value)} ${encoded.problem}.`);
}

export const qrField: FieldType<typeof options> = {
  doc: {
    given:
      'Text or a number that is drawn as a code: see [Codes to scan](#codes-to-scan). Line breaks and spaces within it stay.',
    seen: 'the address of the drawn code, or empty; in `derive` its text',
  },
  options,
  problems(spec) {
    const problems = colorProblems(spec);
    if (spec.error_correction !== undefined && (spec.symbology ?? 'qr') !== 'qr') {
      const message = `error_correction is for QR codes, not for "symbology": "${spec.symbology}".`;
      problems.push({ key: 'error_correction', message });
    }
    if (spec.on_error === 'initials') {
      const message = 'A code has no initials: use "placeholder" or "hide".';
      problems.push({ key: 'on_error', message });
    }
    return problems;
  },
  read(spec, value) {
    const input = textInput(value, 'the text of the code', { lines: true, exact: true });
    if ('kind' in input) return input;
    const encoded = symbologyOf(spec).encode(input.text, spec);
    if ('problem' in encoded) {
      const message = `${quoteValue(input.text)} ${encoded.problem}.`;
      return { kind: 'invalid_data', message };
    }
    const notes: Note[] = [...input.notes];
    if (spec.box && moduleSize(encoded.modules, spec.box) < LEAST_MODULE_PX) {
      const message = `${quoteValue(input.text)} makes a code whose bars are thinner than ${LEAST_MODULE_PX} pixels in its box, so that cameras may not read it. Shorten it, or give the field a larger box.`;
      notes.push({ code: 'code_too_dense', message });
    }
    return { kind: 'value', value: encoded.value, notes };
  },
  empty: () => '',
  schema: (spec) => symbologyOf(spec).schema,
  leftovers: 'code',
  lengthUnit: undefined,
  schemaTells: [],
  control: 'text',
  valueType: (_spec, output) => ({ kind: output === 'html' ? 'image' : 'text' }),
  asset: {
    from: 'value',
    draw: (spec, value) => drawCode(modulesOf(spec, value), lookOf(spec)),
  },
  paintsScene: false,
  givesInitials: false,
  holdsText: false,
  leavesGap: true,
  mayVary: (spec, value) => symbologyOf(spec).isHarmless || PLAIN_CODE.test(value),
  inAddress: 'text',
  looks: () => [],
  otherLook: (_spec, value) => value,
  edges: {
    asksFor: asksForNothing,
    values: {},
    own: [
      {
        name: 'code_dense',
        about: 'a code that holds much',
        value: (spec) => symbologyOf(spec).edges.dense,
        deserves: ['code_too_dense'],
        mayBeRefused: false,
      },
      {
        name: 'code_unusable',
        about: 'what the code cannot hold',
        value: (spec) => symbologyOf(spec).edges.unusable,
        deserves: ['invalid_used_fallback', 'invalid_used_placeholder', 'picture_failed'],
        mayBeRefused: true,
      },
    ],
  },
};
