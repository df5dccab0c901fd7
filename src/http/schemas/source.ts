import { z } from 'zod';
import { MAX_EXPRESSION_LENGTH } from '../../publishing/map-expression.js';
import { SOURCE_KINDS } from '../../publishing/source-ports.js';

/** Stands where a secret was. Sent back, it means "as it is". */
export const MASKED_SECRET = '********';
const MIN_SECRET_LENGTH = 16;

const expression = z
  .string()
  .min(1)
  .max(MAX_EXPRESSION_LENGTH)
  .meta({ description: 'Handlebars over the body: `{{post.current.title}}`.' });

const httpUrl = z
  .url({
    protocol: /^https?$/,
    error: 'must be an absolute http or https URL of at most 2000 characters',
  })
  .max(2_000, 'must have at most 2000 characters');

const shape = {
  kind: z.enum(SOURCE_KINDS),
  signature: z
    .strictObject({
      scheme: z.enum(['hmac', 'token']).meta({
        description:
          '`hmac`: HMAC-SHA256 of the body in hex or base64. `token`: the secret itself.',
      }),
      header: z
        .string()
        .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header, such as "X-Signature"'),
    })
    .optional()
    .meta({
      description:
        'Required for `generic`. For `strapi`, which by default sends a token in `Authorization`.',
    }),
  template: z.string().min(1).max(64),
  page: expression.meta({ description: "The page's key, or an address whose path is the key." }),
  page_url: expression.optional().meta({
    description: 'The address of the page itself. Not given: `site_url` and the key.',
  }),
  event: expression.optional().meta({
    description: 'Says "publish", "update", "unpublish" or "delete" where the kind does not.',
  }),
  map: z.record(z.string().max(64), expression).meta({ description: 'Field → expression.' }),
  site_url: httpUrl.optional().meta({ description: '`{{@site_url}}` in expressions.' }),
  sizes: z.array(z.string().min(1).max(64)).min(1).max(10).optional(),
  verify: z.boolean().optional(),
  on_missing: z.enum(['fallback', 'reject', 'review']).optional(),
};

export const sourceInputSchema = z
  .strictObject({
    ...shape,
    secret: z
      .union([
        z.literal(MASKED_SECRET),
        z
          .string()
          .min(MIN_SECRET_LENGTH, `must have at least ${MIN_SECRET_LENGTH} characters`)
          .max(512),
      ])
      .optional()
      .meta({ description: 'Not given or masked: the one that is kept stays.' }),
  })
  .meta({ id: 'SourceInput' });

export type SourceInput = z.infer<typeof sourceInputSchema>;

export const sourceSchema = z
  .object({
    name: z.string(),
    ...shape,
    secret: z.literal(MASKED_SECRET).meta({ description: 'Never shown.' }),
    hook_url: z.string().meta({ format: 'uri', description: 'What the CMS is to call.' }),
    created_at: z.string().meta({ format: 'date-time' }),
    updated_at: z.string().meta({ format: 'date-time' }),
  })
  .meta({ id: 'Source' });

export const sourceListSchema = z.object({ items: z.array(sourceSchema) });

const action = z.enum(['publish', 'update', 'unpublish', 'ignore']);

export const sourceTestInputSchema = z
  .strictObject({
    body: z.record(z.string(), z.unknown()).meta({ description: 'As the CMS sends it.' }),
    headers: z
      .record(z.string().max(100), z.string().max(1_000))
      .default({})
      .meta({ description: 'Only those that tell what happened, such as `X-Contentful-Topic`.' }),
  })
  .meta({ id: 'SourceTestInput' });

export const sourceTestSchema = z
  .object({
    action,
    event: z.string(),
    reason: z.string().optional().meta({ description: 'Why it would be ignored.' }),
    page: z.string().optional(),
    page_url: z.string().optional(),
    template: z.string(),
    data: z.record(z.string(), z.unknown()),
    warnings: z.array(
      z.object({ code: z.string(), message: z.string(), field: z.string().optional() }),
    ),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .meta({ description: 'Why a real request would be refused.' }),
  })
  .meta({ id: 'SourceTest' });

export const hookAnswerSchema = z
  .object({
    action,
    event: z.string().meta({ description: 'As the sender names it.' }),
    page: z.string().optional(),
    reason: z.string().optional().meta({ description: 'Why it was ignored.' }),
  })
  .meta({ id: 'HookAnswer' });
