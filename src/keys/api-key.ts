/** Token bucket: `requests` tokens, refilled evenly within the window; each request takes one. */
export interface RateLimit {
  requests: number;
  windowSeconds: 1 | 60;
}

/** A key as it is stored: never the key itself. */
export interface ApiKey {
  /** `key_` and 16 hex digits. Not secret; used in logs. */
  id: string;
  name: string;
  /** The first characters of the key, so that its owner can recognise it. */
  prefix: string;
  /** SHA-256 of the key, hex. */
  hash: string;
  /** Of `SCOPES`, or `*` for everything. */
  scopes: string[];
  rateLimit?: RateLimit;
  /** New images within one UTC day. */
  dailyQuota?: number;
  /** ISO 8601 UTC. */
  createdAt: string;
  lastUsedAt?: string;
  /** From this time on it is refused. */
  expiresAt?: string;
}
