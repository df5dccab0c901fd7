import { z } from 'zod';
import { losslessLabels, qualityDefaults } from '../../formats/format-texts.js';
import { DEFAULT_FORMAT, imageFormatNames } from '../../formats/image-formats.js';
import { presetNames } from '../../images/presets.js';

/** A template's manifest holds no deeper nesting than a list of entries (3); 5 leaves room. */
const MAX_DATA_DEPTH = 5;
const MAX_DATA_ENTRIES = 1_000;
const MAX_METADATA_PAIRS = 20;
const MAX_METADATA_KEY_LENGTH = 40;
const MAX_METADATA_VALUE_LENGTH = 500;
const MAX_NAME_LENGTH = 64;

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** What is wrong with the shape of data, before anything walks it recursively. */
function dataShapeError(data: object): string | undefined {
  const waiting: { value: object; depth: number }[] = [{ value: data, depth: 1 }];
  let entries = 0;
  for (let at = waiting.pop(); at; at = waiting.pop()) {
    if (at.depth > MAX_DATA_DEPTH) return `must not be nested deeper than ${MAX_DATA_DEPTH} levels`;
    for (const value of Object.values(at.value)) {
      entries += 1;
      if (entries > MAX_DATA_ENTRIES) {
        return `must not hold more than ${MAX_DATA_ENTRIES} values in all`;
      }
      if (value !== null && typeof value === 'object') {
        waiting.push({ value, depth: at.depth + 1 });
      }
    }
  }
  return undefined;
}

/**
 * Field → value, passed on as it came: the template's own rules decide about the fields. `example`
 * stands in messages and in the API description.
 */
export function fieldValues(example: Record<string, unknown>) {
  const shown = JSON.stringify(example);
  return z
    .unknown()
    .transform((value, context) => {
      const message = isObject(value)
        ? dataShapeError(value)
        : value === undefined
          ? `is required: give an object of field names and values, such as ${shown}`
          : `must be an object of field names and values, such as ${shown}`;
      if (isObject(value) && message === undefined) return value;
      context.addIssue({ code: 'custom', message: message ?? 'is not valid' });
      return z.NEVER;
    })
    .meta({
      type: 'object',
      additionalProperties: true,
      description: `Field → value; at most ${MAX_DATA_ENTRIES} values, ${MAX_DATA_DEPTH} levels.`,
      example,
    });
}

const SCALE_MESSAGE = 'must be 1, 2 or 3';
const QUALITY_MESSAGE = 'must be a whole number between 1 and 100';
const MAX_BYTES_MESSAGE = 'must be a whole number, 1000 or more';

export const outputSchema = z
  .strictObject({
    for: z
      .enum(presetNames)
      .optional()
      .meta({ description: 'Where it is shown: sets format and byte limit.', example: 'whatsapp' }),
    format: z
      .enum(imageFormatNames)
      .optional()
      .meta({ description: `Default: ${DEFAULT_FORMAT}.` }),
    scale: z
      .int(SCALE_MESSAGE)
      .min(1, SCALE_MESSAGE)
      .max(3, SCALE_MESSAGE)
      .optional()
      .meta({ description: 'Device pixels per CSS pixel. Default: 1.' }),
    quality: z
      .int(QUALITY_MESSAGE)
      .min(1, QUALITY_MESSAGE)
      .max(100, QUALITY_MESSAGE)
      .optional()
      .meta({ description: `Of ${qualityDefaults}; ${losslessLabels} has none.` }),
    max_bytes: z
      .int(MAX_BYTES_MESSAGE)
      .min(1_000, MAX_BYTES_MESSAGE)
      .optional()
      .meta({ description: 'The picture is made smaller in quality until it fits.' }),
  })
  .meta({ id: 'Output' });

const metadataSchema = z
  .record(
    z
      .string()
      .min(1, 'a key must not be empty')
      .max(
        MAX_METADATA_KEY_LENGTH,
        `a key must have at most ${MAX_METADATA_KEY_LENGTH} characters`,
      ),
    z
      .string('must be a text: metadata holds texts only')
      .max(MAX_METADATA_VALUE_LENGTH, `must have at most ${MAX_METADATA_VALUE_LENGTH} characters`),
  )
  .refine(
    (pairs) => Object.keys(pairs).length <= MAX_METADATA_PAIRS,
    `must have at most ${MAX_METADATA_PAIRS} pairs`,
  )
  .meta({
    description: `Yours: comes back as it is. At most ${MAX_METADATA_PAIRS} pairs, keys up to ${MAX_METADATA_KEY_LENGTH} and values up to ${MAX_METADATA_VALUE_LENGTH} characters.`,
  });

export const webhookUrl = z.string().min(1).max(2_000);

/** What every way of asking for an image shares. */
export const imageOptions = {
  size: z
    .string()
    .min(1)
    .max(MAX_NAME_LENGTH)
    .optional()
    .meta({ description: "One of the template's sizes. Default: its default_size." }),
  output: outputSchema.optional(),
  on_missing: z.enum(['fallback', 'reject', 'review']).optional().meta({
    description:
      "Not given: a field's own fallback with a warning, else 422. `fallback`: never 422 for what data is like; in the end another template steps in. `reject`: 422 even where it could be mended. `review`: kept until someone approves.",
  }),
};

/** An id, or `<id>@<version>`. */
const MAX_REFERENCE_LENGTH = MAX_NAME_LENGTH + 17;

export const templateName = z.string().min(1).max(MAX_REFERENCE_LENGTH).meta({
  description: 'The id of a template, or `<id>@<version>`, which pins a version.',
});

const WAIT_MESSAGE = 'must be a number of seconds between 0 and 30';

export const newImageSchema = z
  .strictObject({
    template: templateName,
    data: fieldValues({ title: 'Hello' }),
    ...imageOptions,
    sizes: z
      .array(z.string().min(1).max(MAX_NAME_LENGTH))
      .min(1)
      .max(10)
      .optional()
      .meta({
        description: 'Several sizes at once, instead of `size`; the answer holds `images`.',
        example: ['og', 'square'],
      }),
    wait: z
      .number(WAIT_MESSAGE)
      .min(0, WAIT_MESSAGE)
      .max(30, WAIT_MESSAGE)
      .default(10)
      .meta({ description: 'Seconds to wait for the picture; 0 answers at once.' }),
    refresh: z
      .boolean()
      .default(false)
      .meta({ description: 'Draw again even if the picture is stored.' }),
    webhook_url: webhookUrl.optional().meta({
      description: 'Told once the picture is ready or has failed; see docs/webhooks.md.',
      example: 'https://example.com/hooks/cards',
    }),
    metadata: metadataSchema.optional(),
  })
  .refine((body) => !(body.size && body.sizes), {
    path: ['sizes'],
    message: 'give either `size` or `sizes`, not both',
  })
  .meta({ id: 'NewImage' });

export const generateSchema = z
  .strictObject({
    design_id: templateName.meta({ description: 'The template.' }),
    layers: fieldValues({ title: 'Hello' }),
    ...imageOptions,
    metadata: metadataSchema.optional(),
  })
  .meta({ id: 'Generate' });

export const newPreviewSchema = z
  .strictObject({
    data: fieldValues({ title: 'Hello' })
      .optional()
      .meta({ description: "Field → value. Default: the template's own sample." }),
    ...imageOptions,
  })
  .meta({ id: 'NewPreview' });

export const imageListQuery = z.strictObject({
  template: templateName.optional(),
  status: z.enum(['queued', 'active', 'completed', 'failed', 'review']).optional(),
  cursor: z
    .string('must be given once: the next_cursor of the page before')
    .min(1)
    .max(500)
    .optional()
    .meta({ description: 'The `next_cursor` of the page before.' }),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number between 1 and 200')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 200, 'must be a whole number between 1 and 200')
    .default(50)
    .meta({ type: 'integer', minimum: 1, maximum: 200, default: 50 }),
});
