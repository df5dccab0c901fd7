import type { Warning } from '../templates/template.js';
import { warningCodes } from '../templates/warning-codes.js';

const isOfData = ({ code }: Warning) => Object.hasOwn(warningCodes, code);

/** Warnings about data that was corrected before drawing. */
export const dataWarnings = (warnings: Warning[]) => warnings.filter(isOfData);

/**
 * Warnings of the drawing itself, without those about the data: the same image may have been
 * requested with different data, and each requester gets the warnings of its own data.
 */
export function drawnWarnings(warnings: Warning[]): Warning[] {
  return warnings.filter((warning) => !isOfData(warning));
}
