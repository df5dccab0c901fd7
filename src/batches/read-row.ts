import { type Warning, warningOf } from '../errors/warning.js';
import type { ImageRequest } from '../images/prepare.js';
import type { BatchRow, BatchSpec } from './batch.js';
import { mapRow } from './column-mapping.js';

function shortRow({ line, missing }: BatchRow): Warning[] {
  if (missing === undefined) return [];
  const cells = missing === 1 ? 'cell' : `${missing} cells`;
  const message = `Line ${line} lacks its last ${cells}, as if it ended early; they count as empty. A line break within a cell needs double quotes around the cell.`;
  return [warningOf('row_padded', message)];
}

/** A row as an image request, with warnings about its columns. */
export function readRow(
  spec: BatchSpec,
  row: BatchRow,
): { request: ImageRequest; warnings: Warning[] } {
  const mapped =
    spec.mapping && row.cells
      ? mapRow(spec.mapping, row.cells)
      : { data: row.data ?? {}, warnings: [] };
  return {
    request: {
      template: spec.template,
      data: mapped.data,
      size: spec.size,
      output: spec.output,
      onMissing: spec.onMissing,
      reading: spec.reading,
    },
    warnings: [...shortRow(row), ...mapped.warnings],
  };
}
