import { toAppError } from '../errors/app-error.js';
import type { ImageSpec } from '../images/image.js';
import type { Preview } from '../images/ports.js';
import { type BatchCheckReport, placeOf, toCheckItem } from './batch-check-report.js';
import type { SampleRow } from './check-tally.js';
import type { Choice } from './sample-rows.js';

export interface RowPreviewDeps {
  /** Draws one image as it would be rendered. */
  preview(spec: ImageSpec, signal: AbortSignal): Promise<Preview>;
  /** At most `widthPx` wide. */
  thumbnail(image: Buffer, widthPx: number): Promise<{ contentType: string; body: Buffer }>;
}

type ReportedRow = BatchCheckReport['worth_a_look'][number];

/** Text of a card is readable, and twelve thumbnails weigh less than one full image. */
const WIDTH_PX = 480;
const AT_ONCE = 3;

/** A sample row without its thumbnail. */
export function presentSampleRow({ row, reasons }: Choice<SampleRow>): ReportedRow {
  return { ...placeOf(row.place), reasons, warnings: row.items };
}

/** Draws thumbnails of the sample rows. */
export function createRowPreviews(deps: RowPreviewDeps) {
  async function draw(choice: Choice<SampleRow>, signal: AbortSignal): Promise<ReportedRow> {
    const shown = presentSampleRow(choice);
    try {
      const { body, warnings } = await deps.preview(choice.row.spec, signal);
      const small = await deps.thumbnail(body, WIDTH_PX);
      const known = new Set(shown.warnings.map(({ code, field }) => `${code} ${field ?? ''}`));
      // Findings that need pixels, such as contrast.
      const more = warnings.filter(({ code, field }) => !known.has(`${code} ${field ?? ''}`));
      return {
        ...shown,
        warnings: [...shown.warnings, ...more.map(toCheckItem)],
        preview: `data:${small.contentType};base64,${small.body.toString('base64')}`,
      };
    } catch (thrown) {
      const { code, detail } = toAppError(thrown);
      if (signal.aborted) throw thrown;
      // One failing thumbnail must not fail the report.
      const reason = toCheckItem({ code, message: detail, severity: 'error' });
      return { ...shown, warnings: [...shown.warnings, reason] };
    }
  }

  return async function previewRows(
    choices: Choice<SampleRow>[],
    signal: AbortSignal,
  ): Promise<ReportedRow[]> {
    const drawn: ReportedRow[] = [];
    for (let at = 0; at < choices.length; at += AT_ONCE) {
      const some = choices.slice(at, at + AT_ONCE).map((choice) => draw(choice, signal));
      drawn.push(...(await Promise.all(some)));
    }
    return drawn;
  };
}
