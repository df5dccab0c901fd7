import { z } from 'zod';
import { MAX_DAILY_QUOTA, MAX_RATE } from '../../keys/new-key.js';
import { ALL_SCOPES, SCOPES } from '../../keys/scope.js';

const whole = (max: number) => {
  const message = `must be a whole number between 1 and ${max}`;
  return z.int(message).min(1, message).max(max, message);
};

const ONE_WINDOW = 'must have one of per_second and per_minute, such as {"per_minute": 60}';

const rateLimit = z
  .strictObject({
    per_second: whole(MAX_RATE).optional(),
    per_minute: whole(MAX_RATE).optional(),
  })
  .refine(({ per_second: s, per_minute: m }) => (s === undefined) !== (m === undefined), ONE_WINDOW)
  .meta({
    id: 'KeyRateLimit',
    description: 'Requests: as many at once, and evenly as many again within the window.',
    minProperties: 1,
    maxProperties: 1,
  });

const scopes = z.array(z.enum([...SCOPES, ALL_SCOPES]));
const SCOPES_MESSAGE = `must hold one or more of ${[...SCOPES, ALL_SCOPES].join(', ')}`;

export const newKeySchema = z
  .strictObject({
    name: z.string().min(1).max(100).meta({ description: 'Who uses the key.' }),
    scopes: scopes
      .min(1, SCOPES_MESSAGE)
      .max(20, SCOPES_MESSAGE)
      .optional()
      .meta({ description: 'What the key may do. `*` and `admin`: everything. Default: `*`.' }),
    rate_limit: rateLimit.optional(),
    daily_quota: whole(MAX_DAILY_QUOTA).optional().meta({
      description: 'New pictures within one UTC day; those that are reused do not count.',
    }),
    expires_at: z.iso
      .datetime({ offset: true, error: 'must be a time such as 2030-01-31T12:00:00Z' })
      .optional()
      .meta({ description: 'In the future; from then on the key is refused. Default: never.' }),
  })
  .meta({ id: 'NewKey' });

const dateTime = z.string().meta({ format: 'date-time' });

const keyShape = {
  id: z.string().meta({ description: '`bootstrap` for the key of the settings.' }),
  name: z.string(),
  prefix: z.string().nullable().meta({ description: 'Its first characters.' }),
  scopes: z.array(z.string()),
  rate_limit: rateLimit.nullable(),
  daily_quota: z.int().nullable(),
  created_at: dateTime.nullable(),
  last_used_at: dateTime.nullable().meta({ description: 'To the minute.' }),
  expires_at: dateTime.nullable(),
  revocable: z.boolean().meta({ description: 'false for the key of the settings.' }),
};

const keySchema = z.object(keyShape).meta({ id: 'Key' });

export const createdKeySchema = z
  .object({ ...keyShape, key: z.string().meta({ description: 'Shown this once only.' }) })
  .meta({ id: 'CreatedKey' });

export const keyListSchema = z.object({ items: z.array(keySchema) }).meta({ id: 'KeyList' });
