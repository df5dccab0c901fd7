import { holdsSheetError, saysMissing, withoutSpreadsheetMarks } from '../lib/spreadsheet-marks.js';
import { quoteValue, visibleText } from './clean-text.js';
import { decodeEntities, holdsTags, withoutHtml } from './html-in-text.js';
import type { Note } from './read-result.js';
import { isUnfilledTag, isWholeTag, namesListField } from './unfilled-tag.js';

/**
 * What programs may leave in the values of a type. `text`: what people read, so that all of it is
 * mended. `value`: only what cannot be read as it is. `address`: entities, never tags. `code`: what
 * is scanned, which may be anything; of HTML only the entities of a web address.
 */
export type Leftovers = 'text' | 'value' | 'address' | 'code';

export type Mended =
  | { text: string; notes: Note[] }
  /** The text only says that there is no value. */
  | { missing: true; notes: Note[] };

function withoutMarks(text: string, notes: Note[]): string {
  const plain = withoutSpreadsheetMarks(text);
  if (plain !== text) {
    notes.push({
      code: 'spreadsheet_marks_removed',
      message: `${quoteValue(text)} is read as ${quoteValue(plain)}: the signs around it are those by which spreadsheets keep a text.`,
    });
  }
  return plain;
}

function withoutMarkup(text: string, kind: Leftovers, notes: Note[]): string {
  const isAddress = kind === 'address' || (kind === 'code' && /^https?:\/\//i.test(text.trim()));
  if (kind === 'code' && !isAddress) return text;
  const plain = isAddress ? decodeEntities(text) : withoutHtml(text);
  if (plain !== text) {
    notes.push({
      code: 'html_in_text',
      message: `${quoteValue(text)} holds HTML; it is read as ${quoteValue(plain)}. Send text without tags and entities.`,
    });
  }
  if (kind === 'text' && holdsTags(plain)) {
    notes.push({
      code: 'html_in_text',
      message: `${quoteValue(plain)} holds tags of HTML that do not pair; they are shown as they are written.`,
    });
  }
  return plain;
}

function missing(text: string, what: string, notes: Note[]): Mended {
  const note: Note = {
    code: 'counted_as_missing',
    message: `${quoteValue(text)} ${what}, so it counts as not given.`,
  };
  return { missing: true, notes: [...notes, note] };
}

/**
 * What spreadsheets, databases, CMSs and mail tools leave in values, taken out or counted as
 * missing, and told. Mending what was mended changes nothing.
 */
export function mendLeftovers(raw: string, kind: Leftovers): Mended {
  const notes: Note[] = [];
  // What nobody sees could hide a tag that comes to light when it is removed.
  const visible = visibleText(raw);
  const mended = withoutMarkup(withoutMarks(visible, notes), kind, notes);
  const text = mended === visible ? raw : mended;
  if (saysMissing(text, kind === 'text' || kind === 'code')) {
    return missing(raw, 'is how a program writes that there is no value', notes);
  }
  if (!isUnfilledTag(text)) {
    if (kind !== 'text' || !holdsSheetError(text)) return { text, notes };
    const message = `${quoteValue(text)} holds an error of a spreadsheet; it is shown as it is written. Mend the formula.`;
    return { text, notes: [...notes, { code: 'leftover_in_text', message }] };
  }
  // What is scanned, fetched or compared can hold braces of its own.
  if (isWholeTag(text) || (kind === 'text' && namesListField(text))) {
    return missing(raw, 'holds a tag that no mail tool or form has filled', notes);
  }
  if (kind !== 'text') return { text, notes };
  const message = `${quoteValue(text)} holds what looks like a tag that was not filled; it is shown as it is written.`;
  return { text, notes: [...notes, { code: 'leftover_in_text', message }] };
}
