import type { JsonSchema } from './field-types/field-type.js';
import { fieldTypeOf } from './field-types/field-types.js';
import type { FieldSpec, TemplateManifest } from './manifest.js';

/** A field counts as required where leaving it out is an error, not where something mends or makes it. */
function isRequired(spec: FieldSpec): boolean {
  const mended = fieldTypeOf(spec).asset !== undefined && spec.on_error !== undefined;
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

/** What a form should know besides the schema of the value. */
function hintsOf(spec: FieldSpec): JsonSchema {
  const { control, options, schemaTells } = fieldTypeOf(spec);
  const own = Object.keys(options) as (keyof FieldSpec)[];
  const keys = [...own, 'fallback', 'derive'] as const;
  const told = keys.filter((key) => spec[key] !== undefined && !schemaTells.includes(key));
  const given = told.map((key) => [key, spec[key]]);
  return { type: spec.type, control, ...Object.fromEntries(given) };
}

function fieldSchema(spec: FieldSpec): JsonSchema {
  const value = fieldTypeOf(spec).schema(spec);
  return {
    title: spec.label,
    ...(spec.description === undefined ? {} : { description: spec.description }),
    ...(isRequired(spec) ? value : nullable(value)),
    ...(spec.default === undefined ? {} : { default: spec.default }),
    'x-cardpress': hintsOf(spec),
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
