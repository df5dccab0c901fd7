import { z } from 'zod';
import { identifier, side } from './field-types/field-options.js';
import { fieldOptions, fieldTypeNames } from './field-types/field-types.js';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** What one field of a template may hold and how it is mended. See docs/templates.md. */
export const fieldSpecSchema = z.strictObject({
  type: z.enum(fieldTypeNames),
  label: z.string().min(1).max(200),
  description: z.string().max(500).optional(),
  required: z.boolean().optional(),
  /** Used when the field is not given. */
  default: z.union([scalar, z.array(z.unknown())]).optional(),
  /** Used, with a warning, when the given value is missing or cannot be used. */
  fallback: z.union([scalar, z.array(z.unknown())]).optional(),
  /** Handlebars over the other fields: the value where none is given. */
  derive: z.string().min(1).max(2_000).optional(),
  ...fieldOptions,
});

export const manifestSchema = z.strictObject({
  name: z.string().min(1).max(100),
  description: z.string().min(1).max(500),
  sizes: z.record(identifier, z.tuple([side, side])).refine((s) => Object.keys(s).length > 0, {
    message: 'name at least one size, e.g. "og": [1200, 630]',
  }),
  default_size: identifier,
  fields: z.record(identifier, fieldSpecSchema),
  /** The page is transparent where the design paints nothing. */
  transparent: z.boolean().optional(),
  /** Hosts that the template's own CSS may reach, through the guarded proxy. */
  network: z.array(z.string().regex(/^[a-z0-9.-]+(:\d+)?$/)).optional(),
  fallback_template: z.string().optional(),
});

export type FieldSpec = z.infer<typeof fieldSpecSchema>;
export type TemplateManifest = z.infer<typeof manifestSchema>;
