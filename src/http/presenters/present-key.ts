import type { ApiKey, RateLimit } from '../../keys/api-key.js';
import { BOOTSTRAP_KEY_ID, BOOTSTRAP_KEY_NAME } from '../../keys/key-service.js';
import { ALL_SCOPES } from '../../keys/scope.js';

function presentRateLimit({ requests, windowSeconds }: RateLimit) {
  return windowSeconds === 1 ? { per_second: requests } : { per_minute: requests };
}

/** Never the hash. */
export function presentKey(key: ApiKey) {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    scopes: key.scopes,
    rate_limit: key.rateLimit ? presentRateLimit(key.rateLimit) : null,
    daily_quota: key.dailyQuota ?? null,
    created_at: key.createdAt,
    last_used_at: key.lastUsedAt ?? null,
    expires_at: key.expiresAt ?? null,
    revocable: true,
  };
}

/** The key of the settings, which is kept nowhere: it can do everything and has no limits. */
export function presentBootstrapKey() {
  return {
    id: BOOTSTRAP_KEY_ID,
    name: BOOTSTRAP_KEY_NAME,
    // Its owner chose it: its beginning may be most of it.
    prefix: null,
    scopes: [ALL_SCOPES],
    rate_limit: null,
    daily_quota: null,
    created_at: null,
    last_used_at: null,
    expires_at: null,
    revocable: false,
  };
}
