import type { Warning } from '../templates/template.js';
import { warningCodes } from '../templates/warning-codes.js';

const isOfData = ({ code }: Warning) => Object.hasOwn(warningCodes, code);

/** What was mended in the data, before anything was drawn. */
export const dataWarnings = (warnings: Warning[]) => warnings.filter(isOfData);

/**
 * What the drawing itself found, without what was mended in the data: the same picture may have
 * been asked for with different data, and each asker hears of their own.
 */
export function drawnWarnings(warnings: Warning[]): Warning[] {
  return warnings.filter((warning) => !isOfData(warning));
}
