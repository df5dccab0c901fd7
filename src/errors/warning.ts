import { type WarningCode, warningCatalogue } from './warning-catalogue.js';

/** What was mended on the way or seen in the picture. `field` names the manifest's field. */
export interface Warning {
  code: WarningCode;
  field?: string;
  message: string;
  severity?: 'info' | 'warning' | 'error';
  /** What it tells of may be gone when the image is drawn again. */
  retryable?: boolean;
}

/** A warning as severe as the catalogue says. */
export function warningOf(
  code: WarningCode,
  message: string,
  field?: string | null,
): Warning & { severity: NonNullable<Warning['severity']> } {
  const { severity } = warningCatalogue[code];
  return { code, ...(field ? { field } : {}), severity, message };
}
