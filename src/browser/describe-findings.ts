import { type Warning, warningOf } from '../errors/warning.js';
import type { WarningCode } from '../errors/warning-catalogue.js';
import type { PageFinding } from './page/page-api.js';

type Detail = PageFinding['detail'];

/** What each finding of a browser page means for the person whose image it is, and what to do. */
const descriptions = {
  text_clipped: () =>
    'Part of the text is cut off. Shorten it, give it more room, or let it shrink into its box with data-fit.',
  text_shortened: () => 'The text does not fit and ends with an ellipsis. Shorten it.',
  text_at_minimum: ({ font_px }) =>
    `The text was shrunk to its smallest size (${font_px} px). A shorter one reads better.`,
  text_overflows: () =>
    'The text is larger than its place and runs over what is beside it. Shorten it.',
  text_overlaps: () =>
    'The text covers other text. Shorten one of them, or give the template more room.',
  text_near_edge: () =>
    'The text stands closer to the edge than 3% of the card, where feeds may cut it.',
  glyph_missing: ({ characters }) =>
    `No font has these characters, so boxes are shown: ${characters}. Install a font for them or leave them out.`,
  emoji_in_parts: ({ characters }) =>
    `The emoji font does not know these emoji or flags yet and shows parts of them, or a blank flag: ${characters}. Install a newer one or leave them out.`,
  font_stepped_in: ({ characters, family }) =>
    `${family} does not have these characters, another font shows them: ${characters}.`,
  picture_too_small: ({ width, height }) =>
    `The picture has only ${width}x${height} pixels and is enlarged visibly. Use a larger one.`,
  picture_not_shown: () =>
    'A picture of the template could not be shown. Check the file and its address.',
} satisfies Partial<Record<WarningCode, (detail: Detail) => string>>;

/** The codes that the page program may report. Each must have a description above. */
export type FindingCode = keyof typeof descriptions;

/**
 * The only place where findings become warnings. No finding is dropped: a code without a description
 * can only come from a page program of another build, and gives the warning `unknown_finding`.
 */
function toWarning({ code, field, detail }: PageFinding): Warning {
  if (Object.hasOwn(descriptions, code)) return warningOf(code, descriptions[code](detail), field);
  const message = `The browser page reported "${code}", which this version has no words for.`;
  return warningOf('unknown_finding', `${message} Build and start Cardpress again.`, field);
}

/** Turns findings of the page into warnings. Equal findings for the same field give one warning. */
export function describeFindings(findings: PageFinding[]): Warning[] {
  const seen = new Set<string>();
  return findings.flatMap((finding) => {
    const key = `${finding.code} ${finding.field ?? ''}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [toWarning(finding)];
  });
}
