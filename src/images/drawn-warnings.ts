import type { Warning } from '../errors/warning.js';
import { warningEntry } from '../errors/warning-catalogue.js';

/** One that this version does not know, from an older record, counts as drawn: none is dropped. */
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
