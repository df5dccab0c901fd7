import { z } from 'zod';

/** Sides are CSS pixels; 2048 bounds what one picture can cost (4 megapixels at scale 1). */
const MAX_SIDE_PX = 2048;

const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'use lower-case letters, digits and _, starting with a letter');

const side = z.int().min(16).max(MAX_SIDE_PX);

export const fieldTypes = [
  'text',
  'longtext',
  'image',
  'color',
  'number',
  'date',
  'url',
  'choice',
  'list',
  'boolean',
] as const;

/** Which part of a picture a crop keeps; `attention` looks for faces, contrast and colour. */
const focusPoints = ['center', 'attention', 'top', 'right', 'bottom', 'left'] as const;

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** What one field of a template may hold and how it is mended. See docs/templates.md. */
export const fieldSpecSchema = z.strictObject({
  type: z.enum(fieldTypes),
  label: z.string().min(1).max(200),
  description: z.string().max(500).optional(),
  required: z.boolean().optional(),
  /** Used when the field is not given. */
  default: z.union([scalar, z.array(z.unknown())]).optional(),
  /** Used, with a warning, when the given value is missing or cannot be used. */
  fallback: z.union([scalar, z.array(z.unknown())]).optional(),
  /** Handlebars over the other fields: the value where none is given. */
  derive: z.string().min(1).max(2_000).optional(),
  /** Graphemes for text, entries for a list. */
  max_length: z.int().min(1).max(10_000).optional(),
  case: z.enum(['as_is', 'title', 'sentence']).optional(),
  /** Image fields: the box in CSS pixels that the picture is prepared for. */
  box: z.tuple([side, side]).optional(),
  fit: z.enum(['cover', 'contain']).optional(),
  /** What stays of a picture that is cropped to its box. Only with `fit: cover`. */
  focus: z.enum(focusPoints).optional(),
  on_error: z.enum(['placeholder', 'initials', 'hide']).optional(),
  /** Image fields with `on_error: initials`: the field that the initials are taken from. */
  initials_from: identifier.optional(),
  choices: z
    .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 _-]{0,63}$/))
    .min(1)
    .optional(),
  /** Number fields. */
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  /** List fields: text or number entries, or entries with named parts. Default: text. */
  items: z
    .union([z.enum(['text', 'number']), z.record(identifier, z.enum(['text', 'number']))])
    .optional(),
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

export type FocusPoint = (typeof focusPoints)[number];
export type FieldType = (typeof fieldTypes)[number];
export type FieldSpec = z.infer<typeof fieldSpecSchema>;
export type TemplateManifest = z.infer<typeof manifestSchema>;
