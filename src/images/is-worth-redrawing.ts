import type { ImageRecord } from './image.js';

/** After a failure that may pass, such as an error of the asset's host. */
const RETRY_AFTER_MS = 1_000;
/** After any other failure: a file that was missing or damaged may have been replaced since. */
const RETRY_LASTING_AFTER_MS = 3_600_000;

/**
 * Whether a completed image was drawn without an asset that can perhaps be fetched now. Then a
 * request with a key has it drawn again.
 */
export function isWorthRedrawing(record: ImageRecord, nowMs: number): boolean {
  const failed = record.warnings.filter(({ code }) => code === 'picture_failed');
  if (failed.length === 0) return false;
  const mayPass = failed.some(({ retryable }) => retryable);
  const retryAfterMs = mayPass ? RETRY_AFTER_MS : RETRY_LASTING_AFTER_MS;
  const completedMs = Date.parse(record.completedAt ?? record.createdAt);
  return nowMs - completedMs >= retryAfterMs;
}
