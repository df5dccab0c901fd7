import { z } from 'zod';
import { imageErrorSchema, warningSchema } from './image.js';
import { fieldValues, imageOptions, templateName, webhookUrl } from './image-input.js';

const dateTime = z.string().meta({ format: 'date-time' });
const count = z.int().min(0);

const MAX_REF_LENGTH = 200;

const webhookOptions = {
  webhook_url: webhookUrl.optional().meta({
    description: 'Told once it is over, signed as Standard Webhooks; see docs/webhooks.md.',
    example: 'https://example.com/hooks/cards',
  }),
};

const options = {
  template: templateName,
  ...imageOptions,
  ...webhookOptions,
  item_webhooks: z
    .boolean()
    .default(false)
    .meta({ description: 'Tells `webhook_url` of every row as well.' }),
};

/** How the values of a list are written, where its rows leave it open. */
const readingOptions = {
  decimal: z.enum([',', '.'], 'must be "," or "."').optional().meta({
    description: 'The decimal mark of numbers that can be read in two ways, such as `1.299`.',
  }),
  date_order: z.enum(['dmy', 'mdy', 'ymd'], 'must be dmy, mdy or ymd').optional().meta({
    description: 'The order of dates that can be read in several ways, such as `03/04/2026`.',
  }),
};

const item = z.strictObject({
  data: fieldValues({ title: 'Hello' }),
  ref: z
    .string()
    .min(1)
    .max(MAX_REF_LENGTH)
    .optional()
    .meta({ description: 'Yours: comes back with the row.' }),
});

const webhookNeeded = {
  path: ['webhook_url'],
  message: 'is required with `item_webhooks`: give the address that is told',
};
const hasWebhook = (body: { item_webhooks: boolean; webhook_url?: string | undefined }) =>
  !body.item_webhooks || body.webhook_url !== undefined;

/** A part of a list that is too long to be checked at once. */
export const batchItemsSchema = z.strictObject({ items: z.array(item) });

export const newBatchSchema = z
  .strictObject({
    ...options,
    ...readingOptions,
    items: z.array(item).min(1, 'must hold at least one row'),
  })
  .refine(hasWebhook, webhookNeeded)
  .meta({ id: 'NewBatch' });

/** A part of a form that holds JSON. */
function jsonPart<T extends z.ZodType>(schema: T, example: string) {
  return z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: `must be JSON, such as ${example}` });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

const mapping = z.record(
  z.string().min(1).max(200),
  z.union(
    [
      z.string().min(1).max(500),
      z.strictObject({
        column: z.string().min(1).max(500),
        fallback: z.string().max(5_000).optional(),
      }),
      z.strictObject({
        value: z.union([
          z.string().max(10_000),
          z.number(),
          z.boolean(),
          z.array(z.unknown()).max(500),
        ]),
      }),
    ],
    'must be the name of a column, {"column": …, "fallback": …}, or {"value": …}',
  ),
);

const trueOrFalse = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

const encoding = z.string().min(1).max(40);

/** The parts of a form beside its file. */
export const batchFormSchema = z
  .strictObject({
    ...options,
    ...readingOptions,
    output: jsonPart(imageOptions.output.unwrap(), '{"format":"jpeg"}').optional(),
    item_webhooks: trueOrFalse,
    mapping: jsonPart(mapping, '{"title":"Headline"}').optional(),
    encoding: encoding.optional(),
    previews: trueOrFalse,
  })
  .refine(hasWebhook, webhookNeeded);

/** For the description: what a client sends. */
export const batchFormDescription = z
  .object({
    file: z.string().meta({ format: 'binary', description: 'A CSV with a line of column names.' }),
    template: templateName,
    mapping: z.string().optional().meta({
      description:
        'JSON: field → column name, `{column, fallback?}`, or `{value}` for the same in every row. Without columns in it, these are matched by name.',
      example: '{"title":"Headline","subtitle":{"column":"Teaser","fallback":"Read on"}}',
    }),
    encoding: encoding.optional().meta({
      description: 'Of the file, such as `windows-1250`. Without it, it is found by looking.',
      example: 'windows-1250',
    }),
    size: z.string().optional(),
    output: z.string().optional().meta({ description: 'JSON, as in POST /v1/images.' }),
    on_missing: imageOptions.on_missing,
    ...readingOptions,
    ...webhookOptions,
    item_webhooks: z.enum(['true', 'false']).optional(),
  })
  .meta({ id: 'NewBatchForm' });

const batchStatusSchema = z.enum([
  'queued',
  'running',
  'completed',
  'partial',
  'failed',
  'cancelled',
]);

const counts = z
  .object({
    queued: count,
    active: count,
    completed: count,
    reused: count,
    failed: count,
    review: count,
    cancelled: count,
  })
  .meta({ description: 'Rows by where they stand; together they are `total`.' });

export const failureCauseSchema = z
  .object({
    cause: z.string().meta({ description: 'Lists its rows: `GET …/items?cause=`.' }),
    code: z.string(),
    field: z.string().optional(),
    message: z.string().meta({ description: 'As the first of the rows has it.' }),
    count,
    rows: z.array(z.int().min(1)).meta({ description: 'The first ten.' }),
  })
  .meta({ id: 'FailureCause', description: 'Why rows failed, for all that failed alike.' });

export const batchSchema = z
  .object({
    id: z.string(),
    status: batchStatusSchema.meta({
      description: '`partial`: over, and some rows failed; `failed`: all of them did.',
    }),
    template: z.string(),
    total: count,
    counts,
    failures: z.array(failureCauseSchema).optional().meta({
      description: 'Failed rows by cause, the most frequent first; not in lists of batches.',
    }),
    rate_per_second: z.number().nullable().meta({ description: 'Of late; null while unknown.' }),
    eta_seconds: z.int().nullable().meta({ description: '0 when over; null while unknown.' }),
    run: z.int().min(1).meta({ description: '1, then one more for each retry.' }),
    notes: z.array(z.string()).meta({ description: 'What was noticed while reading the rows.' }),
    columns: z.array(z.string()).optional(),
    created_at: dateTime,
    finished_at: dateTime.nullable(),
  })
  .meta({ id: 'Batch' });

const batchItemStatusSchema = z.enum([
  'queued',
  'active',
  'completed',
  'reused',
  'failed',
  'review',
  'cancelled',
]);

export const batchItemSchema = z
  .object({
    row: z.int().min(1).meta({ description: 'From 1, without the line of column names.' }),
    line: z.int().optional().meta({ description: 'Of the file, where there was one.' }),
    ref: z.string().optional(),
    status: batchItemStatusSchema,
    image_id: z.string().optional(),
    image_url: z.string().optional().meta({ format: 'uri' }),
    warnings: z.array(warningSchema),
    error: imageErrorSchema.optional(),
  })
  .meta({ id: 'BatchItem' });

export const batchItemListSchema = z
  .object({
    items: z.array(batchItemSchema),
    next_cursor: z.string().nullable().meta({ description: 'null on the last page.' }),
  })
  .meta({ id: 'BatchItemList' });

export const batchListSchema = z
  .object({
    items: z.array(batchSchema),
    next_cursor: z.string().nullable().meta({ description: 'null on the last page.' }),
  })
  .meta({ id: 'BatchList' });

const pageCursor = z
  .string()
  .regex(/^\d{1,9}$/, 'must be the next_cursor of the page before')
  .optional()
  .meta({ description: 'The `next_cursor` of the page before.' });

function pageLimit(max: number, fallback: number) {
  const message = `must be a whole number between 1 and ${max}`;
  return z
    .string()
    .regex(/^\d{1,4}$/, message)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= max, message)
    .default(fallback)
    .meta({ type: 'integer', minimum: 1, maximum: max, default: fallback });
}

export const batchListQuery = z.strictObject({ cursor: pageCursor, limit: pageLimit(100, 20) });

const itemFilter = {
  status: batchItemStatusSchema.optional(),
  cause: z
    .string()
    .regex(/^[0-9a-f]{12}$/, 'must be a cause from `failures` of the batch')
    .optional()
    .meta({ description: 'Only failed rows of this cause, as `failures` of the batch names it.' }),
  code: z
    .string()
    .regex(/^[a-z_]{1,64}$/)
    .optional()
    .meta({
      description: 'Only failed rows with this error code.',
    }),
};

export const batchResultsQuery = z.strictObject(itemFilter);

export const batchItemsQuery = z.strictObject({
  ...itemFilter,
  cursor: pageCursor,
  limit: pageLimit(1_000, 100),
});

export const batchZipQuery = z.strictObject({
  name: z.string().min(1).max(500).optional().meta({
    description: 'The column (or field of `data`) whose value names each picture. Default: row.',
    example: 'email',
  }),
});
