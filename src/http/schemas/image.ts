import { z } from 'zod';
import { catalogue, type ErrorCode } from '../../errors/catalogue.js';
import { losslessLabels } from '../../formats/format-texts.js';
import { imageFormatNames } from '../../formats/image-formats.js';

const ms = z.number().min(0);
const dateTime = z.string().meta({ format: 'date-time' });
const codes = Object.keys(catalogue) as [ErrorCode, ...ErrorCode[]];

export const warningSchema = z
  .object({
    code: z.string(),
    field: z.string().optional(),
    message: z.string(),
    severity: z.enum(['info', 'warning', 'error']).optional(),
    retryable: z.boolean().optional().meta({
      description: 'A picture failed for a reason that may pass: asked again, it is drawn anew.',
    }),
  })
  .meta({ id: 'Warning', description: 'What was mended in the data or seen in the picture.' });

const timingsSchema = z
  .object({
    queue: ms,
    assets: ms,
    compile: ms,
    render: ms,
    encode: ms,
    store: ms,
    total: ms,
  })
  .meta({ id: 'Timings', description: 'Milliseconds by stage; 0 until the picture is ready.' });

export const imageErrorSchema = z
  .object({ code: z.enum(codes), message: z.string() })
  .meta({ id: 'ImageError' });

const imageStatusSchema = z.enum(['queued', 'active', 'completed', 'failed', 'review']);

const imageShape = {
  id: z.string().meta({
    description: 'The same template version, data and output always have the same id.',
  }),
  status: imageStatusSchema,
  url: z.string().meta({
    format: 'uri',
    description: 'The final address, known from the first answer on; 404 until `completed`.',
  }),
  template: z.string(),
  template_version: z.string(),
  size: z.string().meta({ description: "The name of the template's size." }),
  width: z.int().meta({ description: 'Pixels of the picture file (CSS pixels × scale).' }),
  height: z.int().meta({ description: 'Pixels of the picture file (CSS pixels × scale).' }),
  format: z.enum(imageFormatNames),
  bytes: z.int().meta({ description: '0 until `completed`.' }),
  reused: z.boolean().meta({ description: 'Nothing had to be drawn for this request.' }),
  warnings: z.array(warningSchema),
  timings_ms: timingsSchema,
  metadata: z.record(z.string(), z.string()),
  created_at: dateTime,
  error: imageErrorSchema.optional().meta({ description: 'With status `failed`.' }),
  preview_url: z
    .string()
    .optional()
    .meta({ description: 'With status `review`: what it would look like (key required).' }),
};

export const imageSchema = z.object(imageShape).meta({ id: 'Image' });

export const generatedImageSchema = z
  .object({
    image_url: z.string().meta({ format: 'uri', description: 'The same as `url`.' }),
    ...imageShape,
  })
  .meta({ id: 'GeneratedImage' });

export const imageSetSchema = z
  .object({ images: z.array(imageSchema).meta({ description: 'In the order of `sizes`.' }) })
  .meta({ id: 'ImageSet' });

export const imageListSchema = z
  .object({
    items: z.array(imageSchema),
    next_cursor: z.string().nullable().meta({ description: 'null on the last page.' }),
  })
  .meta({ id: 'ImageList' });

export const traceSchema = z
  .object({
    id: z.string(),
    template: z.object({
      id: z.string(),
      version: z.string(),
      size: z.object({ name: z.string(), width: z.int(), height: z.int() }),
    }),
    data: z.object({
      fields: z
        .record(z.string(), z.unknown())
        .meta({ description: 'The complete fields after defaults, fallbacks and trims.' }),
      warnings: z.array(warningSchema),
      metadata: z.record(z.string(), z.string()),
    }),
    generation: z.object({
      number: z.int().meta({ description: 'Counts how often the image was drawn anew.' }),
      status: imageStatusSchema,
      output: z.object({
        format: z.enum(imageFormatNames),
        scale: z.int(),
        quality: z
          .int()
          .nullable()
          .meta({ description: `null for ${losslessLabels}.` }),
        max_bytes: z.int().nullable(),
      }),
      created_at: dateTime,
      completed_at: dateTime.nullable(),
      timings_ms: timingsSchema,
      error: imageErrorSchema.optional(),
      events: z.array(z.looseObject({ at: dateTime, event: z.string() })),
    }),
    url: z.object({
      canonical: z.string().meta({ format: 'uri' }),
      key: z.string().meta({ description: 'The key of the stored object.' }),
    }),
    delivery: z.object({
      stored: z.boolean(),
      content_type: z.string(),
      bytes: z.int(),
      width: z.int(),
      height: z.int(),
    }),
  })
  .meta({ id: 'Trace', description: 'What happened to an image, stage by stage.' });
