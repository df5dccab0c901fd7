import { invalidField } from '../errors/invalid-field.js';
import { didYouMean } from '../lib/nearest-name.js';
import type { RateLimit } from './api-key.js';
import { ALL_SCOPES, SCOPES } from './scope.js';

const MAX_NAME_LENGTH = 100;
/** Limit of requests in a window: more than one Redis can answer in a second. */
export const MAX_RATE = 100_000;
export const MAX_DAILY_QUOTA = 10_000_000;

/** Options of a new key. What is left out does not limit it. */
export interface KeyOptions {
  /** Of `SCOPES`, or `*`, which is the default. */
  scopes?: readonly string[] | undefined;
  rateLimit?: RateLimit | undefined;
  dailyQuota?: number | undefined;
  /** Any form with an offset from UTC. */
  expiresAt?: string | undefined;
}

function readName(name: string): string {
  const trimmed = name.trim();
  if (trimmed !== '' && trimmed.length <= MAX_NAME_LENGTH) return trimmed;
  throw invalidField(
    'name',
    `must be 1 to ${MAX_NAME_LENGTH} characters that say who uses the key`,
  );
}

function readScopes(given: readonly string[] = [ALL_SCOPES]): string[] {
  const known = [...SCOPES, ALL_SCOPES];
  const unknown = given.find((scope) => !known.some((one) => one === scope));
  if (given.length > 0 && unknown === undefined) return [...new Set(given)];
  const hint = unknown === undefined ? '' : didYouMean(unknown.slice(0, 64), known);
  throw invalidField('scopes', `must hold one or more of ${known.join(', ')}.${hint}`);
}

function assertWhole(path: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw invalidField(path, `must be a whole number between 1 and ${max}`);
}

function readExpiry(given: string, now: Date): string {
  const time = Date.parse(given);
  // 8.64e15 ms and beyond are no dates, but already years of five digits do not compare as text.
  const isReadable = /(?:Z|[+-]\d\d:?\d\d)$/i.test(given) && time < Date.UTC(10_000, 0);
  if (isReadable && time > now.getTime()) return new Date(time).toISOString();
  throw invalidField('expires_at', 'must be a time in the future such as 2030-01-31T12:00:00Z');
}

/**
 * Validates the options of a new key and fills in defaults. Times become ISO 8601 UTC.
 * @throws AppError `invalid_request` that names the field
 */
export function readNewKey(name: string, options: KeyOptions, now: Date) {
  const { scopes, rateLimit, dailyQuota, expiresAt } = options;
  if (rateLimit) {
    const window = rateLimit.windowSeconds === 1 ? 'per_second' : 'per_minute';
    assertWhole(`rate_limit.${window}`, rateLimit.requests, MAX_RATE);
  }
  if (dailyQuota !== undefined) assertWhole('daily_quota', dailyQuota, MAX_DAILY_QUOTA);
  return {
    name: readName(name),
    scopes: readScopes(scopes),
    ...(rateLimit ? { rateLimit } : {}),
    ...(dailyQuota === undefined ? {} : { dailyQuota }),
    ...(expiresAt === undefined ? {} : { expiresAt: readExpiry(expiresAt, now) }),
  };
}
