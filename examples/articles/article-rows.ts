import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';

export interface ArticleRow {
  /** Where it stands in the file; the head is line 1. */
  line: number;
  slug: string;
  title: string;
  author: string;
  date: string;
  category: string;
}

const columns = ['slug', 'title', 'author', 'date', 'category'] as const;

/** The rows of a CSV file with these columns, in any order. @throws Error naming what is missing */
export async function loadArticleRows(path: string): Promise<ArticleRow[]> {
  const records: { record: Record<string, string>; info: { lines: number } }[] = parse(
    await readFile(path, 'utf8'),
    { columns: true, bom: true, skip_empty_lines: true, info: true },
  );
  const head = Object.keys(records[0]?.record ?? {});
  const missing = columns.filter((name) => !head.includes(name));
  if (missing.length > 0) throw new Error(`${path} has no column ${missing.join(', ')}.`);
  return records.map(({ record, info }) => ({
    line: info.lines,
    slug: record.slug ?? '',
    title: record.title ?? '',
    author: record.author ?? '',
    date: record.date ?? '',
    category: record.category ?? '',
  }));
}

/** What the `article` template is given for a row. */
export function articleData(row: ArticleRow): Record<string, string> {
  const { title, author, date, category } = row;
  return { title, author, date, kicker: category };
}

/** Rows with the same picture: equal in everything that is shown. Only groups of two or more. */
export function equalRows(rows: ArticleRow[]): ArticleRow[][] {
  const groups = new Map<string, ArticleRow[]>();
  for (const row of rows) {
    const key = JSON.stringify(articleData(row));
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}
