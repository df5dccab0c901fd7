import type { Warning } from '../templates/template.js';
import type { PageFinding } from './page-script.js';

type Describe = (detail: PageFinding['detail']) => Pick<Warning, 'message' | 'severity'>;

/** What each finding means for the author of the image, and what to do. */
const descriptions: Record<string, Describe> = {
  text_clipped: () => ({
    severity: 'error',
    message: 'Part of the text is cut off. Shorten it, or give the template more room.',
  }),
  text_shortened: () => ({
    severity: 'warning',
    message: 'The text does not fit and ends with an ellipsis. Shorten it.',
  }),
  text_at_minimum: ({ font_px }) => ({
    severity: 'info',
    message: `The text was shrunk to its smallest size (${font_px} px). A shorter one reads better.`,
  }),
  text_overflows: () => ({
    severity: 'warning',
    message: 'The text is larger than its place and runs over what is beside it. Shorten it.',
  }),
  text_overlaps: () => ({
    severity: 'error',
    message: 'The text covers other text. Shorten one of them, or give the template more room.',
  }),
  text_near_edge: () => ({
    severity: 'info',
    message: 'The text stands closer to the edge than 3% of the card, where feeds may cut it.',
  }),
  glyph_missing: ({ characters }) => ({
    severity: 'error',
    message: `No font has these characters, so boxes are shown: ${characters}. Install a font for them or leave them out.`,
  }),
  font_stepped_in: ({ characters, family }) => ({
    severity: 'info',
    message: `${family} does not have these characters, another font shows them: ${characters}.`,
  }),
  picture_too_small: ({ width, height }) => ({
    severity: 'warning',
    message: `The picture has only ${width}x${height} pixels and is enlarged visibly. Use a larger one.`,
  }),
  picture_not_shown: () => ({
    severity: 'error',
    message: 'A picture of the template could not be shown. Check the file and its address.',
  }),
};

/** Turns findings of the page into warnings. Equal findings for the same field give one warning. */
export function describeFindings(findings: PageFinding[]): Warning[] {
  const seen = new Set<string>();
  return findings.flatMap(({ code, field, detail }) => {
    const key = `${code} ${field ?? ''}`;
    const describe = descriptions[code];
    if (!describe || seen.has(key)) return [];
    seen.add(key);
    return [{ code, ...(field ? { field } : {}), ...describe(detail) }];
  });
}
