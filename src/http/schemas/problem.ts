import { z } from 'zod';
import { catalogue, type ErrorCode } from '../../errors/catalogue.js';

const codes = Object.keys(catalogue) as [ErrorCode, ...ErrorCode[]];

export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'Where the code is described.', format: 'uri-reference' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What went wrong here, and the remedy.' }),
    code: z.enum(codes).meta({ description: 'For programs.' }),
    request_id: z.string().meta({ description: 'Also in X-Request-Id and in the log.' }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Every mistake in the input, by path such as `output.scale`.' }),
    current: z
      .object({
        etag: z.string(),
        changed_at: z.string(),
        changed_by: z.string(),
        changes: z.array(
          z.object({
            path: z.string(),
            text: z.string().optional(),
            bytes: z.int().optional(),
            sha256: z.string().optional(),
            removed: z.literal(true).optional(),
            changed_at: z.string(),
            changed_by: z.string(),
          }),
        ),
      })
      .optional()
      .meta({ description: 'With 412: what others saved since, and the state to go on from.' }),
    image_id: z.string().optional().meta({ description: 'The image whose rendering failed.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });
