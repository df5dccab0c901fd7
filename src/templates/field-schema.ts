import type { FieldSpec, TemplateManifest } from './manifest.js';
import { MAX_LIST_ENTRIES, MAX_TEXT_CHARACTERS } from './read-result.js';

export type JsonSchema = { [keyword: string]: unknown };

function entrySchema(items: NonNullable<FieldSpec['items']>): JsonSchema {
  const part = (kind: 'text' | 'number'): JsonSchema =>
    kind === 'number' ? { type: 'number' } : { type: 'string', maxLength: MAX_TEXT_CHARACTERS };
  if (typeof items === 'string') return part(items);
  const properties = Object.fromEntries(Object.entries(items).map(([n, k]) => [n, part(k)]));
  return { type: 'object', properties, additionalProperties: false };
}

/** Other spellings are read, too (docs/templates.md); the schema shows the one to write. */
function valueSchema(spec: FieldSpec): JsonSchema {
  const short = { type: 'string', maxLength: MAX_TEXT_CHARACTERS };
  switch (spec.type) {
    case 'text':
    case 'longtext':
      return short;
    case 'image':
      return { type: 'string', pattern: '^([Hh][Tt][Tt][Pp][Ss]?://|data:image/|asset:)' };
    case 'color':
      return { ...short, examples: ['#1a2b3c'] };
    case 'number':
      return {
        type: 'number',
        ...(spec.minimum === undefined ? {} : { minimum: spec.minimum }),
        ...(spec.maximum === undefined ? {} : { maximum: spec.maximum }),
      };
    case 'date':
      return { ...short, examples: ['2026-11-21', '2026-11-21T18:00:00Z'] };
    case 'url':
      return { ...short, examples: ['https://example.com/'] };
    case 'choice':
      return { type: 'string', enum: spec.choices ?? [] };
    case 'list':
      return {
        type: 'array',
        items: entrySchema(spec.items ?? 'text'),
        maxItems: MAX_LIST_ENTRIES,
      };
    case 'boolean':
      return { type: 'boolean' };
  }
}

/** A field counts as required where leaving it out is an error, not where something mends or makes it. */
function isRequired(spec: FieldSpec): boolean {
  const mended = spec.type === 'image' && spec.on_error !== undefined;
  return (
    spec.required === true &&
    spec.default === undefined &&
    spec.fallback === undefined &&
    spec.derive === undefined &&
    !mended
  );
}

function nullable(schema: JsonSchema): JsonSchema {
  const { enum: choices } = schema;
  return {
    ...schema,
    type: [schema.type, 'null'],
    ...(Array.isArray(choices) ? { enum: [...choices, null] } : {}),
  };
}

const HINTS = [
  'type',
  'max_length',
  'case',
  'box',
  'fit',
  'focus',
  'on_error',
  'initials_from',
  'fallback',
  'derive',
] as const;

function fieldSchema(spec: FieldSpec): JsonSchema {
  const value = valueSchema(spec);
  const hints = HINTS.filter((k) => spec[k] !== undefined).map((k) => [k, spec[k]]);
  return {
    title: spec.label,
    ...(spec.description === undefined ? {} : { description: spec.description }),
    ...(isRequired(spec) ? value : nullable(value)),
    ...(spec.default === undefined ? {} : { default: spec.default }),
    'x-cardpress': Object.fromEntries(hints),
  };
}

/**
 * The fields of a template as JSON Schema, draft 2020-12. Data that it accepts never is a mistake
 * in the call; `max_length`, which cuts instead of refusing, stands under `x-cardpress`.
 */
export function fieldJsonSchema(manifest: TemplateManifest): JsonSchema {
  const fields = Object.entries(manifest.fields);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: manifest.name,
    description: manifest.description,
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, spec]) => [name, fieldSchema(spec)])),
    required: fields.filter(([, spec]) => isRequired(spec)).map(([name]) => name),
    additionalProperties: false,
  };
}
