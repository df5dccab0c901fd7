import { z } from 'zod';
import { fieldValues, imageOptions, templateName } from './image-input.js';

const EXPIRES_MESSAGE = 'must be a whole number of seconds between 1 and 315360000 (ten years)';

export const newUrlSchema = z
  .strictObject({
    template: templateName,
    data: fieldValues({ title: 'Hello' }),
    size: imageOptions.size,
    output: imageOptions.output,
    expires_in: z
      .int(EXPIRES_MESSAGE)
      .min(1, EXPIRES_MESSAGE)
      .max(315_360_000, EXPIRES_MESSAGE)
      .optional()
      .meta({ description: 'Seconds; after them a card stands in. Default: never ends.' }),
  })
  .meta({ id: 'NewUrl' });

export const urlSchema = z
  .object({
    url: z.string().meta({ format: 'uri' }),
    expires_at: z.string().nullable().meta({ format: 'date-time' }),
  })
  .meta({ id: 'SignedUrl' });
