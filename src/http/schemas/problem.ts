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
    image_id: z.string().optional().meta({ description: 'The image whose rendering failed.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });
