import type { Warning } from '../templates/template.js';
import type { PageFinding } from './page-script.js';

type Describe = (detail: PageFinding['detail']) => Pick<Warning, 'message' | 'severity'>;

/** What each finding means for the person whose picture it is, and what to do. */
const descriptions: Record<string, Describe> = {
  text_clipped: () => ({
    severity: 'error',
    message: 'The text does not fit even at its smallest size and was cut. Shorten it.',
  }),
  text_at_minimum: ({ font_px }) => ({
    severity: 'info',
    message: `The text was shrunk to its smallest size (${font_px} px). A shorter one reads better.`,
  }),
  picture_not_shown: () => ({
    severity: 'error',
    message: 'A picture of the template could not be shown. Check the file and its address.',
  }),
};

/** Findings of the page as warnings; equal ones for the same field are told once. */
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
