import { z } from 'zod';
import { DELIVERY_STATUSES, DELIVERY_TYPES } from '../../webhooks/delivery.js';

const dateTime = z.string().meta({ format: 'date-time' });
const disabledReason = z.enum(['gone', 'failing']).meta({
  description: '`gone`: it answered 410. `failing`: every attempt of five days failed.',
});

export const deliveryAttemptSchema = z
  .object({
    at: dateTime,
    duration_ms: z.int(),
    status: z.int().nullable().meta({ description: 'Of the answer; null where there was none.' }),
    error: z
      .object({
        code: z.enum(['timeout', 'unreachable', 'forbidden_address', 'bad_answer']),
        message: z.string(),
      })
      .nullable()
      .meta({ description: 'Why there was no answer.' }),
    answer: z.string().meta({ description: 'Its first 1,000 bytes.' }),
  })
  .meta({ id: 'DeliveryAttempt' });

const summaryShape = {
  id: z.string().meta({ description: 'The `webhook-id`, the same in every attempt.' }),
  type: z.enum(DELIVERY_TYPES),
  url: z.string().meta({ format: 'uri' }),
  status: z.enum(DELIVERY_STATUSES),
  attempt_count: z.int(),
  last_attempt: deliveryAttemptSchema.nullable(),
  next_attempt_at: dateTime.nullable().meta({ description: 'With status `pending`.' }),
  created_at: dateTime,
  settled_at: dateTime.nullable(),
  disabled_reason: disabledReason.nullable().meta({
    description: 'With status `disabled`: `gone` for an answer of 410, `failing` for five days.',
  }),
};

export const deliverySummarySchema = z.object(summaryShape).meta({ id: 'DeliverySummary' });

export const deliverySchema = z
  .object({
    ...summaryShape,
    attempts: z
      .array(deliveryAttemptSchema)
      .meta({ description: 'Oldest first; of very many, the newest 50.' }),
    message: z.unknown().meta({ description: 'The body that is sent: `{type, timestamp, data}`.' }),
    endpoint: z
      .object({
        url: z.string().meta({ description: 'The address without its query: disabled as one.' }),
        status: z.enum(['active', 'failing', 'disabled']),
        failing_since: dateTime.nullable(),
        disabled_at: dateTime.nullable(),
        disabled_reason: disabledReason.nullable(),
      })
      .meta({ id: 'WebhookEndpoint' }),
  })
  .meta({ id: 'Delivery' });

export const deliveryListSchema = z
  .object({
    items: z.array(deliverySummarySchema),
    next_cursor: z.string().nullable().meta({ description: 'null on the last page.' }),
  })
  .meta({ id: 'DeliveryList' });

const CURSOR_MESSAGE = 'must be given once: the next_cursor of the page before';
const LIMIT_MESSAGE = 'must be a whole number between 1 and 200';

export const deliveryListQuery = z.strictObject({
  status: z.enum(DELIVERY_STATUSES).optional(),
  cursor: z
    .string(CURSOR_MESSAGE)
    .regex(/^\d{13}-[A-Za-z][\w-]{0,99}$/, CURSOR_MESSAGE)
    .optional()
    .meta({ description: 'The `next_cursor` of the page before.' }),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, LIMIT_MESSAGE)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 200, LIMIT_MESSAGE)
    .default(50)
    .meta({ type: 'integer', minimum: 1, maximum: 200, default: 50 }),
});
