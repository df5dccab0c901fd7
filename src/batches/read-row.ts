import type { Warning } from '../errors/warning.js';
import type { ImageRequest } from '../images/prepare.js';
import type { BatchRow, BatchSpec } from './batch.js';
import { mapRow } from './column-mapping.js';

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
    },
    warnings: mapped.warnings,
  };
}
