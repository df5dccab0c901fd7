/** A session as it is stored, under the SHA-256 of its id. */
export interface StoredSession {
  /** SHA-256 of the API key that it was opened with, hex. */
  keyHash: string;
  /** ISO 8601 UTC. */
  createdAt: string;
}

/** Session records. Every method throws AppError `redis_unavailable`. */
export interface SessionRecords {
  /** `hash`: SHA-256 of the session's id, hex. The record expires at `expiresAt`. */
  add(hash: string, session: StoredSession, expiresAt: Date): Promise<void>;
  get(hash: string): Promise<StoredSession | undefined>;
  /** Does nothing if the session is gone. */
  extend(hash: string, expiresAt: Date): Promise<void>;
  remove(hash: string): Promise<void>;
}
