export interface DetectedDelimiter {
  delimiter: string;
  /** Length of Excel's line `sep=;` with its line break, 0 without one. */
  skipBytes: number;
  skipLines: number;
}

/** Among equals the first: commas also stand in decimals and names, where the others rarely do. */
const CANDIDATES = ['\t', ';', '|', ','];
/** Lines above the header that a table may have. */
const MAX_TITLE_LINES = 20;
const MAX_RECORDS = 50;

/** Excel's own first line, which it does not show. */
const SEP_LINE = /^"?sep=([,;|:~^\t])"?(?:\r\n|\n|\r|$)/i;

/** Where a cell that begins at `at` ends: the delimiter, the line break, or the end of `text`. */
function cellEnd(text: string, at: number, delimiter: string): number {
  let end = at;
  if (text[end] === '"') {
    end += 1;
    while (end < text.length) {
      if (text[end] !== '"') end += 1;
      else if (text[end + 1] === '"') end += 2;
      else break;
    }
  }
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') {
    end += 1;
  }
  return end;
}

/** Cells of each of the first records, blank lines left out. */
function cellCounts(text: string, isWhole: boolean, delimiter: string): number[] {
  const counts: number[] = [];
  let cells = 1;
  let at = 0;
  while (at < text.length && counts.length < MAX_RECORDS) {
    const end = cellEnd(text, at, delimiter);
    if (text[end] === delimiter) cells += 1;
    else {
      const isCut = end >= text.length && !isWhole && counts.length > 0;
      if (!isCut && (cells > 1 || end > at)) counts.push(cells);
      cells = 1;
    }
    at = end + 1;
  }
  return counts;
}

/** Below lines without the delimiter, all records have as many cells, so many that it is no chance. */
function isTableBelow(counts: number[]): boolean {
  const titles = counts.slice(0, MAX_TITLE_LINES).findIndex((count) => count > 1);
  const [cells, ...others] = titles < 0 ? [] : counts.slice(titles);
  const isWide = cells !== undefined && cells > 2;
  return isWide && others.length > 0 && others.every((count) => count === cells);
}

/**
 * The delimiter of a CSV from its beginning (`isWhole`: from all of it): what a line `sep=;` names,
 * else of comma, semicolon, bar and tab the one by which the most records have as many cells as the
 * header, and of several such the one with the most cells. One column alone: a comma.
 */
export function detectDelimiter(sample: string, isWhole: boolean): DetectedDelimiter {
  const sep = SEP_LINE.exec(sample);
  if (sep?.[1]) {
    return { delimiter: sep[1], skipBytes: Buffer.byteLength(sep[0]), skipLines: 1 };
  }
  let best = { delimiter: ',', share: 0, cells: 1 };
  let titled: string | undefined;
  for (const delimiter of CANDIDATES) {
    const counts = cellCounts(sample, isWhole, delimiter);
    const [cells = 1] = counts;
    if (cells === 1) {
      titled ??= isTableBelow(counts) ? delimiter : undefined;
      continue;
    }
    const share = counts.filter((count) => count === cells).length / counts.length;
    if (share > best.share || (share === best.share && cells > best.cells)) {
      best = { delimiter, share, cells };
    }
  }
  const delimiter = best.share < 1 ? (titled ?? best.delimiter) : best.delimiter;
  return { delimiter, skipBytes: 0, skipLines: 0 };
}
