/*
 * What settles a number or a date that its own characters leave open. Nothing here is guessed from
 * the machine: the same data gives the same value everywhere.
 */

export type DecimalMark = '.' | ',';
export type DateOrder = 'dmy' | 'mdy' | 'ymd';

/** The caller's word about a whole list, and what its file shows. Plain data: kept with a batch. */
export interface GivenReading {
  decimal?: DecimalMark | undefined;
  dateOrder?: DateOrder | undefined;
  /** Spreadsheets write `;` between cells where the comma is their decimal mark. */
  listMark?: DecimalMark | undefined;
  /** What the cells of a column show, by field. */
  columns?: Record<string, ColumnEvidence> | undefined;
}

/** What some cells show: for each mark or order one cell that can only be read with it. */
export interface Evidence {
  marks?: Partial<Record<DecimalMark, string>>;
  /** By the separator of the date. */
  orders?: Record<string, Partial<Record<DateOrder, string>>>;
}

export interface ColumnEvidence {
  /** By `groupOf`: rows of one language and one currency speak for each other. */
  groups: Record<string, Evidence>;
  /** Of all rows. */
  all: Evidence;
}

/** For one value. */
export interface ReadingHints extends Omit<GivenReading, 'columns'> {
  column?: ColumnEvidence | undefined;
  /** What the row says of itself: a tag of BCP 47. */
  locale?: string | undefined;
  /** ISO 4217. */
  currency?: string | undefined;
  /** What the amount is shown in where the row names no currency; says nothing of how it is written. */
  standardCurrency?: string | undefined;
}

/** The rows whose cells speak for a cell. */
export function groupOf(locale: string | undefined, currency: string | undefined): string {
  return `${locale ?? ''}|${currency ?? ''}`;
}

/** The only one that was shown; `both` where cells contradict each other. */
export function shownAlone<K extends string>(
  shown: Partial<Record<K, string>> | undefined,
): { is: K; by: string } | 'both' | undefined {
  const [first, second] = Object.entries(shown ?? {}) as [K, string][];
  if (!first) return undefined;
  return second ? 'both' : { is: first[0], by: first[1] };
}
