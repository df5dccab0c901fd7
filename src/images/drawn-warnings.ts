import type { Warning } from '../errors/warning.js';
import { warningEntry } from '../errors/warning-catalogue.js';

/**
 * Whether a warning is about the data. A code that this version does not know, from a record of
 * another version, counts as one of the drawing, because those are always shown.
 */
const isOfData = ({ code }: Warning) => warningEntry(code)?.from === 'data';

/** Warnings about data that was corrected before drawing. */
export const dataWarnings = (warnings: Warning[]) => warnings.filter(isOfData);

/**
 * Warnings of the drawing itself, without those about the data: the same image may have been
 * requested with different data, and each requester gets the warnings of its own data.
 */
export function drawnWarnings(warnings: Warning[]): Warning[] {
  return warnings.filter((warning) => !isOfData(warning));
}
