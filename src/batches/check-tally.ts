import type { ImageSpec } from '../images/image.js';
import {
  addRow,
  type BatchCheckReport,
  type CheckItem,
  placeOf,
  type RowPlace,
  type RowsAndCount,
} from './batch-check-report.js';
import { createCauseTally } from './failure-causes.js';
import { createSampleRows, type RowTraits } from './sample-rows.js';

/** As many thumbnails as fit on a screen. */
const MAX_SAMPLE_ROWS = 12;

/** A row that leads to an image. */
export interface CheckedRow {
  place: RowPlace;
  imageId: string;
  /** Findings about its data and assets. */
  items: CheckItem[];
  /** Findings about the layout; absent if an earlier row has the same image. */
  measured: CheckItem[] | undefined;
  traits: Omit<RowTraits, 'items'>;
  /** Addresses of its assets. */
  addresses: string[];
  /** Kept for the sample rows only. */
  spec: ImageSpec;
}

export interface SampleRow {
  place: RowPlace;
  items: CheckItem[];
  spec: ImageSpec;
}

type Counted = Pick<BatchCheckReport, 'total' | 'ok' | 'with_warnings' | 'refused'>;

const keyOf = ({ code, field, message }: CheckItem) => `${code} ${field ?? ''} ${message}`;

/**
 * Collects the report, in the order of rows. It stores what the report needs and no rows: equal
 * findings are stored once, however many rows have them.
 */
export function createCheckTally() {
  const counts: Counted = { total: 0, ok: 0, with_warnings: 0, refused: 0 };
  const problems: BatchCheckReport['problems'] = [];
  const notes = new Map<string, BatchCheckReport['notes'][number]>();
  const images = new Map<string, RowsAndCount & { measured: CheckItem[] }>();
  const items = new Map<string, CheckItem>();
  const causes = createCauseTally();
  const sampleRows = createSampleRows<SampleRow>(MAX_SAMPLE_ROWS);

  function interned(item: CheckItem): CheckItem {
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
    const image = known ?? { rows: [], count: 0, measured: (measured ?? []).map(interned) };
    images.set(imageId, image);
    addRow(image, place.row);
    return { measured: image.measured, isFirst: known === undefined };
  }

  return {
    refuse(place: RowPlace, why: CheckItem[]): void {
      counts.total += 1;
      counts.refused += 1;
      const [first] = why;
      if (first) causes.add(place.row, first);
      problems.push({ ...placeOf(place), items: why.map(interned) });
    },

    add(row: CheckedRow): void {
      counts.total += 1;
      const { measured, isFirst } = imageOf(row);
      const all = [...row.items, ...measured];
      note(row.place.row, all);
      if (all.every(({ severity }) => severity === 'info')) counts.ok += 1;
      else {
        counts.with_warnings += 1;
        problems.push({ ...placeOf(row.place), items: all.map(interned) });
      }
      // The same image is sampled once.
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
        refused_by: causes.report(),
        notes: [...notes.values()].sort((a, b) => b.count - a.count),
      };
    },
  };
}
