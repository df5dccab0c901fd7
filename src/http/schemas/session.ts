import { z } from 'zod';
import { ALL_SCOPES, SCOPES } from '../../keys/scope.js';

/** No key is longer. */
const MAX_KEY_LENGTH = 512;

export const newSessionSchema = z
  .strictObject({
    key: z.string().min(1).max(MAX_KEY_LENGTH).meta({ description: 'An API key.' }),
  })
  .meta({ id: 'NewSession' });

export const sessionSchema = z
  .object({
    key_id: z
      .string()
      .meta({ description: 'Id of the key; `bootstrap`: the one of the settings.' }),
    name: z.string().meta({ description: 'Name of the key.' }),
    scopes: z.array(z.enum([...SCOPES, ALL_SCOPES])),
    expires_at: z.iso.datetime().meta({
      description: 'When the session ends if it is not used before; each use extends it.',
    }),
  })
  .meta({ id: 'Session' });
