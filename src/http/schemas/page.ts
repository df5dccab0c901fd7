import { z } from 'zod';
import { imageFormatNames } from '../../formats/image-formats.js';
import { parseHttpUrl } from '../../lib/parse-url.js';
import { FAULT_CODES } from '../../publishing/crawlers.js';
import { imageErrorSchema, warningSchema } from './image.js';
import {
  fieldValues,
  imageListQuery,
  imageOptions,
  templateName,
  webhookUrl,
} from './image-input.js';

const WAIT_MESSAGE = 'must be a number of seconds between 0 and 30';
const MAX_SIZES = 6;
const MAX_ADDRESS_LENGTH = 2_000;

const address = z
  .string()
  .max(MAX_ADDRESS_LENGTH)
  .refine((text) => parseHttpUrl(text) !== undefined, {
    message: 'must be an address that begins with https:// or http://',
  });

export const putPageSchema = z
  .strictObject({
    template: templateName,
    data: fieldValues({ title: 'Hello' }),
    ...imageOptions,
    sizes: z
      .array(z.string().min(1).max(64))
      .min(1, 'must name at least one size')
      .max(MAX_SIZES, `must name at most ${MAX_SIZES} sizes`)
      .optional()
      .meta({
        description: 'Several sizes, instead of `size`; crawlers take the first.',
        example: ['og', 'square'],
      }),
    page_url: address.optional().meta({ description: 'Where the page itself stands.' }),
    alt: z.string().max(1_000).optional().meta({
      description: 'Describes the picture. Default: the title, headline or name in the data.',
    }),
    verify: z
      .boolean()
      .default(false)
      .meta({ description: 'Fetch the stored pictures back as crawlers would, and tell.' }),
    webhook_url: webhookUrl.optional().meta({
      description:
        'Told `image.completed` or `image.failed` for each picture of this put, with the page.',
    }),
    wait: z
      .number(WAIT_MESSAGE)
      .min(0, WAIT_MESSAGE)
      .max(30, WAIT_MESSAGE)
      .default(10)
      .meta({ description: 'Seconds to wait for the pictures; 0 answers at once.' }),
  })
  .refine((body) => !(body.size && body.sizes), {
    path: ['sizes'],
    message: 'give either `size` or `sizes`, not both',
  })
  .meta({ id: 'PutPage' });

export const checkPageInput = z.strictObject({ url: address }).meta({ id: 'CheckPage' });

const faultSchema = z
  .object({
    code: z.enum(FAULT_CODES),
    severity: z.enum(['error', 'warning']),
    message: z.string().meta({ description: 'What is wrong, and the remedy.' }),
  })
  .meta({ id: 'Fault' });

export const verdictSchema = z
  .object({
    crawler: z.enum(['facebook', 'x', 'linkedin', 'whatsapp', 'slack']),
    url: z.string(),
    ok: z.boolean().meta({ description: 'No fault is an error.' }),
    status: z.int().optional(),
    content_type: z.string().optional(),
    bytes: z.int().optional(),
    width: z.int().optional(),
    height: z.int().optional(),
    redirects: z.int(),
    duration_ms: z.int(),
    faults: z.array(faultSchema),
  })
  .meta({ id: 'CrawlerVerdict' });

const pageImageSchema = z
  .object({
    size: z.string(),
    status: z.enum(['rendering', 'ready', 'failed', 'review']),
    image_id: z.string().meta({ description: 'The image of the present content.' }),
    url: z.string().meta({ description: 'Shows whatever the page shows now.' }),
    versioned_url: z.string().meta({
      description: 'Shows this version for ever; for tags, since crawlers keep pictures.',
    }),
    canonical_url: z.string().meta({ description: 'The image in the storage.' }),
    shown_image_id: z
      .string()
      .nullable()
      .meta({ description: 'What is shown: the last that was ready.' }),
    width: z.int(),
    height: z.int(),
    format: z.enum(imageFormatNames),
    warnings: z.array(warningSchema),
    error: imageErrorSchema.optional(),
  })
  .meta({ id: 'PagePicture' });

export const pageSchema = z
  .object({
    key: z.string(),
    status: z.enum(['rendering', 'ready', 'failed', 'review']).meta({
      description: '`failed`: the last good picture is shown, if there is one.',
    }),
    url: z.string().meta({ description: 'The address of the picture of the first size.' }),
    template: z.string(),
    page_url: z.string().nullable(),
    reused: z.boolean().optional().meta({ description: 'Nothing had to be drawn for this put.' }),
    pictures: z.array(pageImageSchema),
    meta_html: z.string().meta({ description: 'Ready to be put into the head of the page.' }),
    verification: z
      .object({
        status: z.enum(['passed', 'failed', 'pending']),
        checked_at: z.string().nullable(),
        verdicts: z.array(verdictSchema.extend({ size: z.string() })),
      })
      .nullable()
      .meta({ description: 'null where it was not asked for.' }),
    created_at: z.string().meta({ format: 'date-time' }),
    updated_at: z.string().meta({ format: 'date-time' }),
  })
  .meta({ id: 'Page' });

const pageSummarySchema = pageSchema
  .pick({ key: true, status: true, url: true, template: true, page_url: true })
  .extend({
    created_at: pageSchema.shape.created_at,
    updated_at: pageSchema.shape.updated_at,
  })
  .meta({ id: 'PageSummary' });

export const pageListSchema = z
  .object({
    items: z.array(pageSummarySchema),
    next_cursor: z.string().nullable().meta({ description: 'null on the last page.' }),
  })
  .meta({ id: 'PageList' });

const PREFIX_MESSAGE = 'must be given once: the beginning of keys, such as "blog/"';
const CURSOR_MESSAGE = 'must be given once: the next_cursor of the page before';
/** Of keys. */
const KEY_CHARACTERS = /^[A-Za-z0-9._~/-]{0,200}$/;

export const pageListQuery = z.strictObject({
  prefix: z
    .string(PREFIX_MESSAGE)
    .regex(KEY_CHARACTERS, PREFIX_MESSAGE)
    .default('')
    .meta({ description: 'Only pages whose keys begin so.' }),
  cursor: z
    .string(CURSOR_MESSAGE)
    .regex(KEY_CHARACTERS, CURSOR_MESSAGE)
    .optional()
    .meta({ description: 'The `next_cursor` of the page before.' }),
  limit: imageListQuery.shape.limit,
});

export const pageReportSchema = z
  .object({
    url: z.string().meta({ description: 'After redirects.' }),
    status: z.int().optional(),
    ok: z.boolean(),
    faults: z.array(faultSchema),
    tags: z.array(z.object({ name: z.string(), content: z.string() })),
    pictures: z.array(
      z.object({
        url: z.string(),
        absolute_url: z.string().optional(),
        width: z.int().optional(),
        height: z.int().optional(),
        type: z.string().optional(),
        alt: z.string().optional(),
        faults: z.array(faultSchema),
        verdicts: z.array(verdictSchema),
      }),
    ),
  })
  .meta({ id: 'PageReport' });
