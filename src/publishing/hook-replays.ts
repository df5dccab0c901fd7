import { createHash } from 'node:crypto';
import type { Source } from './source-ports.js';

/** Digests of received hook bodies; shared by all processes. */
export interface ReplayRecords {
  /** Stores a digest; false if it is stored already. */
  remember(source: string, digest: string, ttlMs: number): Promise<boolean>;
  /** Removes a digest after a failure: the same body may be sent again. */
  forget(source: string, digest: string): Promise<void>;
}

/** Somebody who saw a signed body can send it again, but cannot make another. */
const SIGNED_TTL_MS = 60 * 60_000;
/**
 * A token is in the request itself, so this only guards against a sender that sends everything
 * twice.
 */
const TOKEN_TTL_MS = 5 * 60_000;

export interface HookDelivery {
  /** False for a repeated delivery, which must change nothing. */
  isNew: boolean;
  /** Call it after a failure: the sender will try again. */
  forget(): Promise<void>;
}

const ALWAYS_NEW: HookDelivery = { isNew: true, forget: async () => undefined };

/**
 * Detects repeated deliveries, for senders that sign no time and whose bodies contain no known
 * time. After a change of the source everything is accepted once more.
 */
export function createHookReplays(records: ReplayRecords) {
  return async function checkReplay(
    source: Source,
    body: Buffer,
    isTimed: boolean,
  ): Promise<HookDelivery> {
    if (isTimed || source.kind !== 'generic') return ALWAYS_NEW;
    const hash = createHash('sha256').update(`${source.updatedAt}\n`).update(body);
    const digest = hash.digest('base64url');
    const ttlMs = source.signature?.scheme === 'token' ? TOKEN_TTL_MS : SIGNED_TTL_MS;
    const isNew = await records.remember(source.name, digest, ttlMs);
    return { isNew, forget: () => records.forget(source.name, digest) };
  };
}

export type HookReplays = ReturnType<typeof createHookReplays>;
