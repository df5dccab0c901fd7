import type { ImageSpec } from '../images/image.js';
import {
  addRow,
  type BatchCheckReport,
  type CheckItem,
  placeOf,
  type RowPlace,
  type RowsAndCount,
} from './batch-check-report.js';
import { createSampleRows, type RowTraits } from './sample-rows.js';

/** As many as fit on a screen side by side. */
const WORTH_A_LOOK = 12;

/** A row that comes out as a picture. */
export interface CheckedRow {
  place: RowPlace;
  imageId: string;
  /** Of its data and its pictures. */
  items: CheckItem[];
  /** What the layout of the image tells; absent where an earlier row had the same image. */
  measured: CheckItem[] | undefined;
  traits: Omit<RowTraits, 'items'>;
  /** Of its pictures. */
  addresses: string[];
  /** Kept for the rows that are worth a look alone. */
  spec: ImageSpec;
}

export interface LookedAtRow {
  place: RowPlace;
  items: CheckItem[];
  spec: ImageSpec;
}

type Counted = Pick<BatchCheckReport, 'total' | 'ok' | 'with_warnings' | 'refused'>;

const keyOf = ({ code, field, message }: CheckItem) => `${code} ${field ?? ''} ${message}`;

/**
 * Adds up what the rows are like, in their order. Holds what the report needs and no row: equal
 * items are kept once, however many rows have them.
 */
export function createCheckTally() {
  const counts: Counted = { total: 0, ok: 0, with_warnings: 0, refused: 0 };
  const problems: BatchCheckReport['problems'] = [];
  const notes = new Map<string, BatchCheckReport['notes'][number]>();
  const images = new Map<string, RowsAndCount & { measured: CheckItem[] }>();
  const items = new Map<string, CheckItem>();
  const sampleRows = createSampleRows<LookedAtRow>(WORTH_A_LOOK);

  function kept(item: CheckItem): CheckItem {
    const key = keyOf(item);
    const known = items.get(key) ?? item;
    items.set(key, known);
    return known;
  }

  function note(row: number, all: CheckItem[]): void {
    for (const { code, field, message, severity } of all) {
      if (severity !== 'info') continue;
      const key = `${code} ${field ?? ''}`;
      const known = notes.get(key) ?? {
        ...(field === undefined ? {} : { field }),
        code,
        message,
        rows: [],
        count: 0,
      };
      notes.set(key, known);
      addRow(known, row);
    }
  }

  function imageOf({ imageId, measured, place }: CheckedRow) {
    const known = images.get(imageId);
    const image = known ?? { rows: [], count: 0, measured: (measured ?? []).map(kept) };
    images.set(imageId, image);
    addRow(image, place.row);
    return { measured: image.measured, isFirst: known === undefined };
  }

  return {
    refuse(place: RowPlace, why: CheckItem[]): void {
      counts.total += 1;
      counts.refused += 1;
      problems.push({ ...placeOf(place), items: why.map(kept) });
    },

    add(row: CheckedRow): void {
      counts.total += 1;
      const { measured, isFirst } = imageOf(row);
      const all = [...row.items, ...measured];
      note(row.place.row, all);
      if (all.every(({ severity }) => severity === 'info')) counts.ok += 1;
      else {
        counts.with_warnings += 1;
        problems.push({ ...placeOf(row.place), items: all.map(kept) });
      }
      // The same picture is looked at once.
      if (!isFirst) return;
      const { place, spec, traits } = row;
      sampleRows.offer({ place, spec, items: all }, { ...traits, items: all });
    },

    sampleRows: () => sampleRows.choose(),

    report(): Omit<BatchCheckReport, 'pictures' | 'worth_a_look'> {
      const duplicates = [...images.values()].filter(({ count }) => count > 1);
      return {
        ...counts,
        duplicates: duplicates.map(({ rows, count }) => ({ rows, count })),
        problems,
        notes: [...notes.values()].sort((a, b) => b.count - a.count),
      };
    },
  };
}
