import { type FieldError, toAppError } from '../errors/app-error.js';
import type { Warning } from '../errors/warning.js';
import type { OnMissing, OutputRequest, Prepare, PreparedImage } from '../images/prepare.js';
import { templateOf } from '../images/template-of.js';
import { assetAddresses } from '../images/without-assets.js';
import type { GivenReading } from '../templates/reading/reading-hints.js';
import type { Template, TemplateRegistry } from '../templates/template.js';
import { type CheckItem, placeOf, type RowPlace, toCheckItem } from './batch-check-report.js';

export interface CheckRow extends RowPlace {
  /** Data for the template. */
  data: unknown;
  /** Problems of reading the table. One of severity `error` refuses the row. */
  problems?: Warning[];
}

/** Settings for every row. */
export interface RowRequest {
  template: string;
  size?: string | undefined;
  output?: OutputRequest | undefined;
  onMissing?: OnMissing | undefined;
  reading?: GivenReading | undefined;
}

export interface RefusedRow {
  place: RowPlace;
  refused: CheckItem[];
}

/** A row with complete fields, before it is measured. */
export interface ResolvedRow {
  place: RowPlace;
  /** Findings of the table and of the resolution. */
  items: CheckItem[];
  prepared: PreparedImage;
  template: Template;
  /** Addresses of its assets, by field. */
  addresses: Map<string, string>;
}

/**
 * Turns a field error into a finding: `data.items[2].name` belongs to the field `items`; the rest
 * of the path goes into the message.
 */
function refusal({ path, message }: FieldError): CheckItem {
  const inside = path.replace(/^data\.?/, '');
  const field = /^[\w-]+/.exec(inside)?.[0];
  return {
    ...(field === undefined ? {} : { field }),
    code: 'invalid_data',
    severity: 'error',
    message: inside === '' || inside === field ? message : `${inside}: ${message}`,
  };
}

/**
 * Steps 2 and 3 of docs/design.md for one row of a table.
 * @throws AppError for errors that concern all rows: `template_not_found`, `invalid_request` (size)
 */
export async function resolveCheckRow(
  deps: { prepare: Prepare; registry: TemplateRegistry },
  row: CheckRow,
  request: RowRequest,
): Promise<RefusedRow | ResolvedRow> {
  const place = placeOf(row);
  const given = (row.problems ?? []).map(toCheckItem);
  if (given.some(({ severity }) => severity === 'error')) return { place, refused: given };
  const { template: id, size, output, onMissing, reading } = request;
  let prepared: PreparedImage;
  try {
    prepared = deps.prepare({ template: id, data: row.data, size, output, onMissing, reading });
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code !== 'invalid_data') throw error;
    return { place, refused: [...given, ...(error.errors ?? []).map(refusal)] };
  }
  const template = await templateOf(deps.registry, prepared.spec);
  return {
    place,
    items: [...given, ...prepared.warnings.map(toCheckItem)],
    prepared,
    template,
    addresses: assetAddresses(template, prepared.spec),
  };
}
