import { toAppError } from '../errors/app-error.js';
import type { ImageSpec } from '../images/image.js';
import type { Preview } from '../images/ports.js';
import { type BatchCheckReport, placeOf, toCheckItem } from './batch-check-report.js';
import type { LookedAtRow } from './check-tally.js';
import type { Choice } from './sample-rows.js';

export interface RowPreviewDeps {
  /** Draws one image as it will be. */
  preview(spec: ImageSpec, signal: AbortSignal): Promise<Preview>;
  /** At most `widthPx` wide. */
  thumbnail(picture: Buffer, widthPx: number): Promise<{ contentType: string; body: Buffer }>;
}

type SampleRows = BatchCheckReport['worth_a_look'][number];

/** Text of a card is readable, and twelve of them weigh less than one picture in full. */
const WIDTH_PX = 480;
const AT_ONCE = 3;

/** Rows that were chosen, without their pictures. */
export function presentChoice({ row, reasons }: Choice<LookedAtRow>): SampleRows {
  return { ...placeOf(row.place), reasons, warnings: row.items };
}

/** The chosen rows with their pictures, small. */
export function createRowPreviews(deps: RowPreviewDeps) {
  async function draw(choice: Choice<LookedAtRow>, signal: AbortSignal): Promise<SampleRows> {
    const shown = presentChoice(choice);
    try {
      const { body, warnings } = await deps.preview(choice.row.spec, signal);
      const small = await deps.thumbnail(body, WIDTH_PX);
      const known = new Set(shown.warnings.map(({ code, field }) => `${code} ${field ?? ''}`));
      // What only pixels tell, such as contrast.
      const more = warnings.filter(({ code, field }) => !known.has(`${code} ${field ?? ''}`));
      return {
        ...shown,
        warnings: [...shown.warnings, ...more.map(toCheckItem)],
        preview: `data:${small.contentType};base64,${small.body.toString('base64')}`,
      };
    } catch (thrown) {
      const { code, detail } = toAppError(thrown);
      if (signal.aborted) throw thrown;
      // The report is worth more than one of its pictures.
      const reason = toCheckItem({ code, message: detail, severity: 'error' });
      return { ...shown, warnings: [...shown.warnings, reason] };
    }
  }

  return async function previewRows(
    choices: Choice<LookedAtRow>[],
    signal: AbortSignal,
  ): Promise<SampleRows[]> {
    const drawn: SampleRows[] = [];
    for (let at = 0; at < choices.length; at += AT_ONCE) {
      const some = choices.slice(at, at + AT_ONCE).map((choice) => draw(choice, signal));
      drawn.push(...(await Promise.all(some)));
    }
    return drawn;
  };
}
