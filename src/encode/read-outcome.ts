import { AppError } from '../errors/app-error.js';
import type { Warning } from '../errors/warning.js';
import type { WarningCode } from '../errors/warning-catalogue.js';
import type { AssetFormat } from '../formats/image-formats.js';
import { invalidAsset, MAX_OUTPUT_SIDE_PX } from './asset-limits.js';
import type { Outcome } from './decoder-child.js';
import type { DecoderAnswer } from './decoder-protocol.js';

type Answer<K extends DecoderAnswer['is']> = Extract<DecoderAnswer, { is: K }>;

const MAX_TEXT_LENGTH = 500;
/** Warnings that a decoder may report. */
const WARNING_CODES: readonly WarningCode[] = [
  'picture_too_small',
  'picture_animated',
  'picture_incomplete',
];
const SEVERITIES = ['info', 'warning', 'error'];

/** The error for an asset whose decoder died. */
function deathError(died: string, kind: AssetFormat): AppError {
  const cause = new Error(`the decoder ended: ${died}`);
  if (died === 'memory') {
    return new AppError('asset_too_large', {
      detail:
        kind === 'svg'
          ? 'The SVG cannot be drawn: it takes too much memory. Simplify it, or use a PNG.'
          : 'The picture takes too much memory to read. Save it smaller, or in a simpler form.',
      cause,
    });
  }
  if (died === 'time') {
    return invalidAsset(
      kind === 'svg'
        ? 'The SVG cannot be drawn in time. Simplify it, or use a PNG.'
        : 'The picture takes too long to read. Save it in a simpler form.',
      cause,
    );
  }
  return invalidAsset(
    kind === 'svg'
      ? 'The SVG cannot be drawn. Simplify it, or use a PNG.'
      : 'The picture is so damaged that reading it fails. Save it again.',
    cause,
  );
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_TEXT_LENGTH;

/**
 * A decoder may be controlled by the file that it read, so its answers are validated like untrusted
 * input.
 */
export function isSide(value: unknown, maxPx = MAX_OUTPUT_SIDE_PX): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= maxPx;
}

export function isWarning(value: Warning): boolean {
  return (
    WARNING_CODES.includes(value.code) &&
    SEVERITIES.includes(value.severity ?? '') &&
    isText(value.message)
  );
}

/**
 * Validates the answer to a request.
 * @throws AppError `asset_invalid`, `asset_too_large`
 */
export function expectAnswer<K extends DecoderAnswer['is']>(
  outcome: Outcome,
  is: K,
  kind: AssetFormat,
): { answer: Answer<K>; body: Buffer } {
  if ('died' in outcome) throw deathError(outcome.died, kind);
  const { answer, body } = outcome;
  if (answer.is === is) return { answer: answer as Answer<K>, body };
  if (answer.is === 'refused' && isText(answer.detail)) {
    throw answer.code === 'asset_too_large'
      ? new AppError('asset_too_large', { detail: answer.detail })
      : invalidAsset(answer.detail);
  }
  throw deathError('crashed', kind);
}
