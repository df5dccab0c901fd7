import { z } from 'zod';
import { parseHttpUrl } from '../lib/parse-url.js';
import { type EgressRule, parseEgressRule } from './egress-rule.js';
import { parseNetworks } from './network-list.js';
import { parseWebhookSecrets } from './secrets.js';

/* Kinds of values that settings have. Every message says what was expected. */

export const secret = z.string().min(16, 'expected at least 16 characters');
export const count = (min: number, max: number) =>
  z.coerce
    .number(`expected a whole number from ${min} to ${max}`)
    .int(`expected a whole number from ${min} to ${max}`)
    .min(min, `expected a whole number from ${min} to ${max}`)
    .max(max, `expected a whole number from ${min} to ${max}`);

export const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, `expected one of: ${values.join(', ')}`);

export const webAddress = z
  .string()
  .refine((text) => parseHttpUrl(text) !== undefined, {
    message: 'expected an address such as https://cards.example.com',
  })
  .transform((text) => text.replace(/\/+$/, ''));

export const redisAddress = z
  .string()
  .regex(
    /^(rediss?:\/\/|unix:\/\/([^/@:]*:[^/@]*@)?\/)/,
    'expected redis://host:port, rediss://… or unix:///path',
  );

export const flag = z
  .string()
  .refine((text) => /^(true|false|1|0)$/.test(text), { message: 'expected true or false' })
  .transform((text) => text === 'true' || text === '1');

export const egressRules = z.string().transform((text, context) => {
  const rules: EgressRule[] = [];
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    try {
      rules.push(parseEgressRule(entry));
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  }
  return rules;
});

export const networks = z.string().transform((text, context) => {
  try {
    return parseNetworks(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

export const webhookSecrets = z.string().transform((text, context) => {
  try {
    return parseWebhookSecrets(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

export const urlSigningKeys = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim().toLowerCase()))
  .refine((keys) => keys.length <= 5 && keys.every((key) => /^[0-9a-f]{64}$/.test(key)), {
    message: 'expected 1 to 5 keys of 64 hex digits, separated by commas',
  });
