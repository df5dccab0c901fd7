import { isInvalidData } from '../errors/warning-catalogue.js';
import { didYouMean } from '../lib/nearest-name.js';
import { deriveProblems } from './derive-fields.js';
import {
  type FieldOptions,
  fieldOptions,
  fieldTypeNames,
  fieldTypeOf,
  fieldTypes,
} from './field-types/field-types.js';
import type { FieldSpec, TemplateManifest } from './manifest.js';
import { manifestSchema } from './manifest.js';
import type { ReadContext } from './read-result.js';
import { readOwnValue } from './read-value.js';
import { isReservedName } from './reserved-names.js';

export interface ManifestProblem {
  /** Path within template.json. */
  path: readonly PropertyKey[];
  message: string;
}

/** The types whose fields take a key that not all fields take. */
const takenBy = (key: string): string[] =>
  fieldTypeNames.filter((name) => Object.hasOwn(fieldTypes[name].options, key));

function standIn(
  spec: FieldSpec,
  key: 'default' | 'fallback',
  context: ReadContext,
): string | undefined {
  if (spec[key] === undefined) return undefined;
  const read = readOwnValue(spec, spec[key], context);
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
  if (isReservedName(name)) add(undefined, `"${name}" cannot be the name of a field.`);
  for (const key of Object.keys(fieldOptions) as (keyof FieldOptions)[]) {
    const types = takenBy(key);
    if (spec[key] !== undefined && !types.includes(spec.type)) {
      add(key, `${key} is for fields of type ${types.join(' or ')}, not ${spec.type}.`);
    }
  }
  for (const { key, message } of fieldTypeOf(spec).problems(spec, manifest)) add(key, message);
  const source = manifest.fields[spec.initials_from ?? ''];
  if (source && !fieldTypeOf(source).givesInitials) {
    const from = `"${spec.initials_from}" is of type ${source.type}`;
    add('initials_from', `${from}; initials come from text.`);
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
