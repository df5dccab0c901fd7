type Severity = 'info' | 'warning' | 'error';

export interface WarningEntry {
  severity: Severity;
  /**
   * `data`: what was mended in the data, before anything was drawn. `drawing`: seen while the image
   * was made. `check`: told by checks alone.
   */
  from: 'data' | 'drawing' | 'check';
  /** Refused under `on_missing: reject`, and wanted to be looked at under `review`. */
  isInvalidData?: true;
  /**
   * What a check of a template makes of it, whatever the data; absent: what the severity says.
   * `fail`: a reader cannot read or see something. `warn`: worth a look where a design is judged.
   */
  check?: 'fail' | 'warn';
  /** What happened. */
  meaning: string;
  /** What to do about it. */
  remedy: string;
}

/**
 * Every warning that an image, a row or a check can carry. docs/templates.md shows this table. The
 * message of a warning is written where its facts are known.
 */
export const warningCatalogue = {
  missing_used_fallback: {
    severity: 'warning',
    from: 'data',
    isInvalidData: true,
    meaning: "Nothing was given; the field's `fallback` is shown.",
    remedy: 'Give a value.',
  },
  missing_used_placeholder: {
    severity: 'warning',
    from: 'data',
    isInvalidData: true,
    meaning: 'A required picture was not given; what `on_error` names is shown instead.',
    remedy: 'Give the address of a picture.',
  },
  missing_left_empty: {
    severity: 'error',
    from: 'data',
    isInvalidData: true,
    meaning: 'Required, not given, nothing to mend it with; left empty for the review.',
    remedy: 'Give a value, or a `fallback` in the template.',
  },
  invalid_used_fallback: {
    severity: 'warning',
    from: 'data',
    isInvalidData: true,
    meaning: "The value cannot be used; the field's `fallback` (else its `default`) is shown.",
    remedy: 'Give a value of the kind that the message names.',
  },
  invalid_used_placeholder: {
    severity: 'warning',
    from: 'data',
    isInvalidData: true,
    meaning: 'The address of a picture cannot be used; what `on_error` names is shown instead.',
    remedy: 'Give an `https` address.',
  },
  invalid_left_empty: {
    severity: 'error',
    from: 'data',
    isInvalidData: true,
    meaning: 'The value cannot be used and nothing mends it; left empty.',
    remedy: 'Give a value of the kind that the message names.',
  },
  truncated: {
    severity: 'warning',
    from: 'data',
    isInvalidData: true,
    meaning: 'Longer than `max_length`; cut, for text with an ellipsis.',
    remedy: 'Give a shorter text.',
  },
  case_changed: {
    severity: 'info',
    from: 'data',
    meaning: 'Written in one case only; changed as the field asks with `case`.',
    remedy: 'None is needed. Text in mixed case is never changed.',
  },
  control_characters_removed: {
    severity: 'info',
    from: 'data',
    meaning: 'Invisible characters that cannot be shown were removed.',
    remedy: 'None is needed.',
  },
  counted_as_missing: {
    severity: 'warning',
    from: 'data',
    isInvalidData: true,
    meaning:
      'The value only says that there is none (`#N/A`, `NULL`, `n/a`), or is a merge tag that was not filled; it counts as not given.',
    remedy: 'Give a value, or leave it empty.',
  },
  spreadsheet_marks_removed: {
    severity: 'info',
    from: 'data',
    meaning: 'Signs by which spreadsheets keep a text (`="00123"`, an apostrophe) were removed.',
    remedy: 'None is needed.',
  },
  html_in_text: {
    severity: 'warning',
    from: 'data',
    meaning:
      'The text holds HTML. Complete entities and tags that pair are read as the text that they stand for; the rest is shown as written.',
    remedy: 'Send text without HTML; where it is about HTML, set `as_written` in the template.',
  },
  leftover_in_text: {
    severity: 'warning',
    from: 'data',
    meaning:
      'The text holds what looks like a merge tag, or an error of a spreadsheet, among other words; it is shown as written.',
    remedy: 'Mend the source of the data; where it is meant, set `as_written` in the template.',
  },
  entry_left_out: {
    severity: 'warning',
    from: 'data',
    isInvalidData: true,
    meaning: 'One entry of a list cannot be used; the list is shown without it.',
    remedy: 'Give a value of the kind that the message names.',
  },
  choice_matched: {
    severity: 'info',
    from: 'data',
    meaning: 'Not spelled like the choice, but equal apart from case and spaces.',
    remedy: 'None is needed.',
  },
  currency_differs: {
    severity: 'warning',
    from: 'data',
    isInvalidData: true,
    meaning: 'An amount names another currency than the one that it is shown in.',
    remedy: 'Give the code of its currency.',
  },
  date_from_serial: {
    severity: 'info',
    from: 'data',
    meaning: 'A number of five digits was read as the number of a day in Excel.',
    remedy: 'Format the column as a date before the sheet is saved.',
  },
  code_too_dense: {
    severity: 'warning',
    from: 'data',
    meaning: 'A code holds so much that its bars are thinner than 2 pixels in its `box`.',
    remedy: 'Shorten what it holds, or give the field a larger `box`.',
  },
  locale_without_formats: {
    severity: 'warning',
    from: 'data',
    meaning:
      'Dates and numbers of this language are not known; they are written as in English, the language of the text is kept.',
    remedy: 'Name a language that readers of it know as well, or leave it.',
  },
  column_fallback_used: {
    severity: 'warning',
    from: 'data',
    meaning: "An empty cell of a table; the `fallback` of the batch's mapping is shown.",
    remedy: 'Fill the cell.',
  },
  row_padded: {
    severity: 'info',
    from: 'data',
    meaning: 'A row of a table has fewer cells than the header; those at its end count as empty.',
    remedy: 'None is needed, unless a line break without quotes has cut the row in two.',
  },
  text_garbled: {
    severity: 'warning',
    from: 'data',
    isInvalidData: true,
    meaning: 'Text that was read in a wrong encoding before it came here, such as `MÃ¼ller`.',
    remedy: 'Export the list again, as UTF-8.',
  },
  fallback_template_used: {
    severity: 'error',
    from: 'data',
    meaning:
      'The data cannot be shown in this template; its `fallback_template`, or the generic one, is.',
    remedy: 'Mend what the message names.',
  },
  scheme_added: {
    severity: 'info',
    from: 'data',
    meaning: 'A web address without `https://`; it was added.',
    remedy: 'None is needed.',
  },
  picture_failed: {
    severity: 'error',
    from: 'drawing',
    meaning:
      'A picture could not be fetched or read; the `fallback` of its field, or what `on_error` names, is shown instead.',
    remedy: 'Check the address and the file, as the message says.',
  },
  picture_too_small: {
    severity: 'warning',
    from: 'drawing',
    meaning: 'A picture has fewer pixels than its place and is enlarged visibly.',
    remedy: 'Use a larger one.',
  },
  picture_animated: {
    severity: 'info',
    from: 'drawing',
    meaning: 'The picture moves; its first frame is shown.',
    remedy: 'Use a still one where another frame is wanted.',
  },
  picture_incomplete: {
    severity: 'warning',
    from: 'drawing',
    meaning:
      'Part of an SVG cannot be drawn: pictures or fonts that it links, HTML in it, or values that only browsers calculate.',
    remedy: 'Export it with plain values and embedded pictures, or use a PNG.',
  },
  picture_not_shown: {
    severity: 'error',
    from: 'drawing',
    check: 'fail',
    meaning: 'A picture of the template could not be shown.',
    remedy: 'Check the file and its address.',
  },
  text_clipped: {
    severity: 'error',
    from: 'drawing',
    check: 'fail',
    meaning: 'Part of the text is cut off.',
    remedy: 'Shorten it, give it more room, or let it shrink into its box with `data-fit`.',
  },
  text_shortened: {
    severity: 'warning',
    from: 'drawing',
    meaning: 'The text does not fit and ends with an ellipsis.',
    remedy: 'Shorten it.',
  },
  text_at_minimum: {
    severity: 'info',
    from: 'drawing',
    meaning: 'The text was shrunk to the smallest size that `data-fit-min` allows.',
    remedy: 'A shorter one reads better.',
  },
  text_overflows: {
    severity: 'warning',
    from: 'drawing',
    check: 'fail',
    meaning: 'The text is larger than its place and runs over what is beside it.',
    remedy: 'Shorten it.',
  },
  text_overlaps: {
    severity: 'error',
    from: 'drawing',
    check: 'fail',
    meaning: 'The text covers other text.',
    remedy: 'Shorten one of them, or give the template more room.',
  },
  text_near_edge: {
    severity: 'info',
    from: 'drawing',
    check: 'warn',
    meaning: 'The text stands closer to the edge than 3% of the card, where feeds may cut it.',
    remedy: 'Give the template a margin.',
  },
  glyph_missing: {
    severity: 'error',
    from: 'drawing',
    check: 'fail',
    meaning: 'No font has these characters, so boxes are shown.',
    remedy: 'Install a font for them, or leave them out.',
  },
  emoji_in_parts: {
    severity: 'warning',
    from: 'drawing',
    meaning:
      'The emoji font is older than an emoji, or there is no such flag: its parts are shown side by side, or a blank flag.',
    remedy: 'Install a newer emoji font, or leave it out.',
  },
  font_stepped_in: {
    severity: 'info',
    from: 'drawing',
    meaning: "The template's font does not have these characters; another one shows them.",
    remedy: 'None is needed; a font that has them looks better.',
  },
  low_contrast: {
    severity: 'warning',
    from: 'drawing',
    check: 'fail',
    meaning: 'The text is hard to read on what is behind it (WCAG).',
    remedy: 'Use a darker or lighter colour or picture.',
  },
  picture_low_contrast: {
    severity: 'warning',
    from: 'drawing',
    meaning: 'A picture in one colour, such as a logo, can hardly be told from what is behind it.',
    remedy: 'Use one in another colour, or another background.',
  },
  over_budget: {
    severity: 'warning',
    from: 'drawing',
    meaning: 'The file is larger than `max_bytes`, even at the lowest quality.',
    remedy: 'Allow more, use another format, or a smaller size.',
  },
  reencoded_for_budget: {
    severity: 'warning',
    from: 'drawing',
    meaning:
      'Saved in another way, so that the file keeps to `max_bytes`; only `info` where nothing is lost.',
    remedy: 'None is needed; with more bytes it may be sharper.',
  },
  unknown_finding: {
    severity: 'warning',
    from: 'drawing',
    meaning: 'The browser page reported what this version has no words for.',
    remedy: 'Build and start Cardpress again, so that all its parts are of one version.',
  },
  blank_picture: {
    severity: 'error',
    from: 'check',
    check: 'fail',
    meaning: 'The picture is one even colour: nothing is to be seen on it.',
    remedy: 'Check the colours and pictures of the data.',
  },
  row_unreadable: {
    severity: 'error',
    from: 'check',
    meaning: 'A row of the table cannot be read.',
    remedy: 'Mend the row as the message says.',
  },
} as const satisfies Record<string, WarningEntry>;

export type WarningCode = keyof typeof warningCatalogue;

/** The codes that come from one place, such as `data`. */
export type WarningCodeFrom<F extends WarningEntry['from']> = {
  [C in WarningCode]: (typeof warningCatalogue)[C]['from'] extends F ? C : never;
}[WarningCode];

/** An entry by its code; undefined for one that a record of another version holds. */
export function warningEntry(code: WarningCode): WarningEntry | undefined {
  return Object.hasOwn(warningCatalogue, code) ? warningCatalogue[code] : undefined;
}

/** Whether strict callers refuse what this tells of, and careful ones want to look at it. */
export function isInvalidData(code: WarningCode): boolean {
  return warningEntry(code)?.isInvalidData === true;
}
