import type { ImageRecord } from './image.js';

/** A host that answered with an error may do better a moment later. */
const PASSING_AGAIN_MS = 1_000;
/** A file that was missing or damaged may have been mended; nobody says so. */
const LASTING_AGAIN_MS = 3_600_000;

/**
 * Whether a completed image was drawn without a picture that may be had now: whoever asks for it
 * with a key gets it drawn again.
 */
export function isWorthRedrawing(record: ImageRecord, nowMs: number): boolean {
  const failed = record.warnings.filter(({ code }) => code === 'picture_failed');
  if (failed.length === 0) return false;
  const againMs = failed.some(({ retryable }) => retryable) ? PASSING_AGAIN_MS : LASTING_AGAIN_MS;
  const completedMs = Date.parse(record.completedAt ?? record.createdAt);
  return nowMs - completedMs >= againMs;
}
