import type { Response } from 'express';
import type { Quota } from '../images/quota.js';
import type { VerifiedKey } from '../keys/key-service.js';

const DAY_SECONDS = 86_400;

/**
 * Tells the limits of a key and what is left of them, as lists of structured fields: `q` of each
 * window of `w` seconds, of which `r` may be used within the next `t` seconds. A key without
 * limits has no such headers. See sections 3 and 4 of
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/11/
 */
export function setRateLimitHeaders(res: Response, { rate, quota }: VerifiedKey): void {
  if (res.headersSent) return;
  const policies: string[] = [];
  const limits: string[] = [];
  if (rate) {
    policies.push(`"requests";q=${rate.limit.requests};w=${rate.limit.windowSeconds}`);
    limits.push(`"requests";r=${rate.left};t=${Math.ceil(rate.nextMs / 1000)}`);
  }
  if (quota) {
    // No registered unit says pictures; a parameter of one's own is a comment for others.
    policies.push(`"images";q=${quota.limit};w=${DAY_SECONDS};cardpress-unit="images"`);
    limits.push(`"images";r=${quota.left()};t=${quota.resetSeconds()}`);
  }
  if (policies.length === 0) return;
  res.setHeader('RateLimit-Policy', policies.join(', '));
  res.setHeader('RateLimit', limits.join(', '));
}

/** The key's quota, which tells in the headers of this answer what is left after each use. */
export function shownQuota(res: Response, key: VerifiedKey): Quota | undefined {
  const { quota } = key;
  if (!quota) return undefined;
  const shown = (work: Promise<void>) => work.finally(() => setRateLimitHeaders(res, key));
  return {
    take: (pictures, hold) => shown(quota.take(pictures, hold)),
    giveBack: (pictures) => shown(quota.giveBack(pictures)),
  };
}
