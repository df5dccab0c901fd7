import { isInvalidData } from '../errors/warning-catalogue.js';
import { didYouMean } from '../lib/nearest-name.js';
import { deriveProblems } from './derive-fields.js';
import type { FieldSpec, TemplateManifest } from './manifest.js';
import { manifestSchema } from './manifest.js';
import type { ReadContext } from './read-result.js';
import { readValue } from './read-value.js';

export interface ManifestProblem {
  /** Path within template.json. */
  path: readonly PropertyKey[];
  message: string;
}

/** Words of Handlebars and of JavaScript objects: as the name of a field they would mean another thing. */
const RESERVED = new Set([
  'this',
  'true',
  'false',
  'null',
  'undefined',
  'else',
  'constructor',
  'prototype',
]);

/** Which attributes mean something for which types; elsewhere they are a mistake. */
const onlyFor: Partial<Record<keyof FieldSpec, readonly FieldSpec['type'][]>> = {
  max_length: ['text', 'longtext', 'list'],
  case: ['text', 'longtext'],
  box: ['image'],
  fit: ['image'],
  focus: ['image'],
  on_error: ['image'],
  initials_from: ['image'],
  choices: ['choice'],
  minimum: ['number'],
  maximum: ['number'],
  items: ['list'],
};

function standIn(
  spec: FieldSpec,
  key: 'default' | 'fallback',
  context: ReadContext,
): string | undefined {
  if (spec[key] === undefined) return undefined;
  const read = readValue(spec, spec[key], context);
  if (read.kind === 'mistake' || read.kind === 'invalid_data') return `${key}: ${read.message}`;
  if (read.kind === 'empty') return undefined;
  const invalid = read.notes.find((n) => isInvalidData(n.code));
  return invalid && `${key}: ${invalid.message}`;
}

function fieldProblems(
  name: string,
  spec: FieldSpec,
  manifest: TemplateManifest,
  context: ReadContext,
): ManifestProblem[] {
  const problems: ManifestProblem[] = [];
  const add = (key: keyof FieldSpec | undefined, message: string) => {
    problems.push({ path: ['fields', name, ...(key === undefined ? [] : [key])], message });
  };
  if (RESERVED.has(name)) add(undefined, `"${name}" cannot be the name of a field.`);
  for (const [key, types] of Object.entries(onlyFor) as [keyof FieldSpec, FieldSpec['type'][]][]) {
    if (spec[key] !== undefined && !types.includes(spec.type)) {
      add(key, `${key} is for fields of type ${types.join(' or ')}, not ${spec.type}.`);
    }
  }
  if (spec.type === 'choice' && spec.choices === undefined) {
    add(undefined, 'A choice needs choices, e.g. "choices": ["light", "dark"].');
  }
  if (spec.choices && new Set(spec.choices).size !== spec.choices.length) {
    add('choices', 'A choice is listed twice.');
  }
  if (spec.minimum !== undefined && spec.maximum !== undefined && spec.minimum > spec.maximum) {
    add('minimum', `minimum ${spec.minimum} is above maximum ${spec.maximum}.`);
  }
  if (typeof spec.items === 'object') {
    const reserved = Object.keys(spec.items).find((part) => RESERVED.has(part));
    if (reserved !== undefined) add('items', `"${reserved}" cannot be the name of a part.`);
    if (Object.keys(spec.items).length === 0) add('items', 'Name at least one part.');
  }
  const from = spec.initials_from;
  const source = from === undefined ? undefined : manifest.fields[from];
  if (from !== undefined && !source) {
    const hint = didYouMean(from, Object.keys(manifest.fields));
    add('initials_from', `There is no field "${from}".${hint}`);
  }
  if (source && source.type !== 'text') {
    add('initials_from', `"${from}" is of type ${source.type}; initials come from text.`);
  }
  if (spec.focus !== undefined && spec.fit === 'contain') {
    add('focus', 'focus is for "fit": "cover": a picture that is contained is not cropped.');
  }
  if (spec.type === 'image' && spec.focus !== undefined && spec.box === undefined) {
    add('focus', 'focus needs a box: it is what the picture is cropped to.');
  }
  if (spec.on_error === 'initials' && from === undefined) {
    add('on_error', 'Say with initials_from which field the initials come from.');
  }
  for (const key of ['default', 'fallback'] as const) {
    const message = standIn(spec, key, context);
    if (message !== undefined) add(key, message);
  }
  return problems;
}

function consistencyProblems(manifest: TemplateManifest, context: ReadContext): ManifestProblem[] {
  const sizes = Object.keys(manifest.sizes);
  const size = manifest.default_size;
  const problems = Object.entries(manifest.fields).flatMap(([name, spec]) =>
    fieldProblems(name, spec, manifest, context),
  );
  for (const { field, message } of deriveProblems(manifest)) {
    problems.push({ path: ['fields', field, 'derive'], message });
  }
  if (sizes.includes(size)) return problems;
  const message = `"${size}" is not one of the sizes.${didYouMean(size, sizes)} Sizes: ${sizes.join(', ')}.`;
  return [{ path: ['default_size'], message }, ...problems];
}

/** Zod puts unknown keys into one issue at their parent; each has a place and a likely meaning. */
function shapeProblems(value: unknown): ManifestProblem[] {
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue): ManifestProblem[] => {
    if (issue.code !== 'unrecognized_keys') {
      return [
        {
          path: issue.path,
          message: `${issue.path.join('.') || 'template.json'}: ${issue.message}`,
        },
      ];
    }
    const inField = issue.path[0] === 'fields';
    const known = inField ? FIELD_KEYS : Object.keys(manifestSchema.shape);
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: `Unknown key "${key}".${didYouMean(key, known)}`,
    }));
  });
}

const FIELD_KEYS = Object.keys(manifestSchema.shape.fields.valueType.shape);

/** The manifest in `value`, or everything that is wrong with it. */
export function checkManifest(
  value: unknown,
  context: ReadContext,
): { manifest: TemplateManifest } | { problems: ManifestProblem[] } {
  const shape = shapeProblems(value);
  if (shape.length > 0) return { problems: shape };
  const manifest = manifestSchema.parse(value);
  const problems = consistencyProblems(manifest, context);
  return problems.length > 0 ? { problems } : { manifest };
}
