import type { Warning } from '../errors/warning.js';
import { warningEntry } from '../errors/warning-catalogue.js';

/** One that this version does not know, from an older record, counts as drawn: none is dropped. */
const isOfData = ({ code }: Warning) => warningEntry(code)?.from === 'data';

/** What was mended in the data, before anything was drawn. */
export const dataWarnings = (warnings: Warning[]) => warnings.filter(isOfData);

/**
 * What the drawing itself found, without what was mended in the data: the same picture may have
 * been asked for with different data, and each asker hears of their own.
 */
export function drawnWarnings(warnings: Warning[]): Warning[] {
  return warnings.filter((warning) => !isOfData(warning));
}
