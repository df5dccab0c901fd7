import { withoutSpreadsheetMarks } from '../lib/spreadsheet-marks.js';

export interface ColumnNames {
  columns: string[];
  /** What was changed, in sentences. */
  notes: string[];
}

const MAX_SHOWN = 5;
const MAX_SHOWN_LENGTH = 40;

function shortList(names: string[]): string {
  const shown = names.slice(0, MAX_SHOWN).map((name) => `"${name.slice(0, MAX_SHOWN_LENGTH)}"`);
  const more = names.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/**
 * The names of a table's columns from the cells of its header: trimmed, each different from the
 * others (`Name`, `Name (2)`), none empty (`Column 3`, counted from 1).
 */
export function columnNames(header: readonly string[]): ColumnNames {
  const given = header.map((cell) => withoutSpreadsheetMarks(cell).replaceAll(/\s+/g, ' ').trim());
  const taken = new Set(given);
  const seen = new Set<string>();
  const unnamed: string[] = [];
  const renamed: string[] = [];
  const columns = given.map((name, index) => {
    const base = name === '' ? `Column ${index + 1}` : name;
    let free = base;
    // A name that stands in the header further on belongs to that column.
    for (let n = 2; seen.has(free) || (free !== name && taken.has(free)); n += 1) {
      free = `${base} (${n})`;
    }
    seen.add(free);
    if (name === '') unnamed.push(free);
    else if (free !== name) renamed.push(free);
    return free;
  });
  const notes: string[] = [];
  if (unnamed.length > 0) notes.push(`Columns without a name are called ${shortList(unnamed)}.`);
  if (renamed.length > 0) notes.push(`Columns of the same name are called ${shortList(renamed)}.`);
  return { columns, notes };
}
