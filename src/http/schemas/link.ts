import { z } from 'zod';
import { extensionChoice } from '../../formats/format-texts.js';
import { mailTools } from '../../links/merge-tags.js';
import { fieldValues, imageListQuery, imageOptions, templateName } from './image-input.js';

const LENGTH_MESSAGE = 'must be a whole number between 1 and 200';
const PAUSED_MESSAGE = 'must be true or false';
const MAX_IMAGES_MESSAGE = 'must be a whole number between 1 and 1000000';
const RATE_MESSAGE = 'must be a whole number between 1 and 100000';

const varyingField = z.strictObject({
  max_length: z
    .int(LENGTH_MESSAGE)
    .min(1, LENGTH_MESSAGE)
    .max(200, LENGTH_MESSAGE)
    .meta({ description: 'Characters; a longer value counts as missing.' }),
});

const varyingFields = z
  .record(z.string().min(1).max(64), varyingField)
  .refine((fields) => Object.keys(fields).length >= 1 && Object.keys(fields).length <= 20, {
    message: 'must name 1 to 20 fields that vary, such as {"first_name": {"max_length": 30}}',
  });

const maxImages = z
  .int(MAX_IMAGES_MESSAGE)
  .min(1, MAX_IMAGES_MESSAGE)
  .max(1_000_000, MAX_IMAGES_MESSAGE)
  .meta({ description: 'Distinct pictures; beyond, the one without values is shown.' });

const maxPerMinute = z
  .int(RATE_MESSAGE)
  .min(1, RATE_MESSAGE)
  .max(100_000, RATE_MESSAGE)
  .meta({ description: 'New pictures within one minute.' });

const expiresAt = z.iso
  .datetime({
    offset: true,
    error: 'must be a time such as 2027-01-31T12:00:00Z',
  })
  .meta({ description: 'After it, the picture without values is shown. Default: never.' });

export const newLinkSchema = z
  .strictObject({
    template: templateName,
    fixed: fieldValues({ headline: 'Hello' }).optional().meta({
      description:
        'Values for everyone; for a field that varies, what is shown where none is given.',
    }),
    fields: varyingFields.meta({ description: 'The fields that the address may fill.' }),
    size: imageOptions.size,
    output: imageOptions.output,
    max_images: maxImages.default(10_000),
    max_per_minute: maxPerMinute.default(600),
    expires_at: expiresAt.optional(),
  })
  .meta({ id: 'NewLink' });

export const linkChangesSchema = z
  .strictObject({
    max_images: maxImages.optional(),
    max_per_minute: maxPerMinute.optional(),
    expires_at: expiresAt.nullable().optional().meta({
      description: 'After it, the picture without values is shown. null: never.',
    }),
    paused: z.boolean(PAUSED_MESSAGE).optional().meta({
      description: 'Draws nothing new: what is drawn is served, the rest without values.',
    }),
  })
  .refine((changes) => Object.keys(changes).length > 0, {
    message: 'must name what changes: max_images, max_per_minute, expires_at or paused',
  })
  .meta({ id: 'LinkChanges' });

const dateTime = z.string().meta({ format: 'date-time' });

export const linkSchema = z
  .object({
    id: z.string(),
    url: z.string().meta({ format: 'uri', description: `Also with ${extensionChoice}.` }),
    merge_tags: z
      .record(z.enum(mailTools), z.string())
      .meta({ description: 'The address as it is put into a mail of each tool.' }),
    template: z.string(),
    fields: varyingFields,
    max_images: z.int(),
    max_per_minute: z.int(),
    paused: z.boolean().meta({ description: 'Nothing new is drawn.' }),
    images: z.int().meta({
      description: 'Distinct pictures so far, without those whose place was given to another.',
    }),
    waiting: z.int().meta({ description: 'Pictures that readers wait for at this moment.' }),
    refused: z.int().meta({
      description:
        'How often a reader was shown the picture without values because a limit was reached.',
    }),
    refused_by_network: z.int().meta({
      description: 'How many of those because too much was asked for from one network.',
    }),
    last_limited_at: z
      .string()
      .nullable()
      .meta({ format: 'date-time', description: 'When that was the last time.' }),
    unfilled_tags: z.int().meta({
      description:
        'How many requests came with a merge tag that the mail tool had not filled, such as `*|FNAME|*`. Their readers saw the value from `fixed`.',
    }),
    last_unfilled_field: z
      .string()
      .nullable()
      .meta({ description: 'The field in which the last of them stood.' }),
    last_unfilled_at: z
      .string()
      .nullable()
      .meta({ format: 'date-time', description: 'When that was.' }),
    busiest_networks: z.array(z.int()).meta({
      description:
        'Pictures of each of the five networks that most of them were drawn for, within about a day. Which networks they are is not kept.',
    }),
    created_at: dateTime,
    expires_at: dateTime.nullable(),
    key_id: z
      .string()
      .nullable()
      .meta({ description: 'The API key that made it; null for the key of the settings.' }),
    quota_left: z.int().nullable().meta({
      description:
        'New pictures that the daily quota of that key has left; at 0 the picture without values is shown. null: nothing is counted.',
    }),
  })
  .meta({ id: 'Link' });

export const linkListSchema = z
  .object({
    items: z.array(linkSchema),
    next_cursor: z.string().nullable().meta({ description: 'null on the last page.' }),
  })
  .meta({ id: 'LinkList' });

const CURSOR_MESSAGE = 'must be given once: the next_cursor of the page before';

export const linkListQuery = z.strictObject({
  cursor: z
    .string(CURSOR_MESSAGE)
    .regex(/^\d{13}-[a-z2-7]{16}$/, CURSOR_MESSAGE)
    .optional()
    .meta({ description: 'The `next_cursor` of the page before.' }),
  limit: imageListQuery.shape.limit,
});
