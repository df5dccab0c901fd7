import { createHash } from 'node:crypto';
import type { Source } from './source-ports.js';

/** Where the bodies of hooks are remembered; shared by all processes. */
export interface ReplayRecords {
  /** Remembers a digest; false where it is remembered already. */
  remember(source: string, digest: string, ttlMs: number): Promise<boolean>;
  /** Nothing came of it: the same may be sent again. */
  forget(source: string, digest: string): Promise<void>;
}

/** Whoever has seen a signed body can send it again, but can make no other. */
const SIGNED_TTL_MS = 60 * 60_000;
/** A token is in the request itself: all that is left is a sender who tells everything twice. */
const TOKEN_TTL_MS = 5 * 60_000;

export interface Delivery {
  /** False for what was taken before: it must change nothing. */
  isNew: boolean;
  /** For a delivery that failed: its sender will try again. */
  forget(): Promise<void>;
}

const ALWAYS_NEW: Delivery = { isNew: true, forget: async () => undefined };

/**
 * Tells a delivery that comes again from the first, for senders who sign no time and whose bodies
 * hold none that is known. A source that was changed takes everything once more.
 */
export function createHookReplays(records: ReplayRecords) {
  return async function take(source: Source, body: Buffer, isTimed: boolean): Promise<Delivery> {
    if (isTimed || source.kind !== 'generic') return ALWAYS_NEW;
    const hash = createHash('sha256').update(`${source.updatedAt}\n`).update(body);
    const digest = hash.digest('base64url');
    const ttlMs = source.signature?.scheme === 'token' ? TOKEN_TTL_MS : SIGNED_TTL_MS;
    const isNew = await records.remember(source.name, digest, ttlMs);
    return { isNew, forget: () => records.forget(source.name, digest) };
  };
}

export type HookReplays = ReturnType<typeof createHookReplays>;
