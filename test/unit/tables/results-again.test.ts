import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { csvStream } from '../../../src/tables/csv-writer.js';
import type { TextEncoding } from '../../../src/tables/decode-text.js';
import { openTable } from '../../../src/tables/open-table.js';
import { givenName, RESULT_COLUMNS } from '../../../src/tables/result-columns.js';
import { createTableFiles, type TableFiles } from './table-files.js';

let files: TableFiles;
beforeAll(async () => {
  files = await createTableFiles();
});
afterAll(() => files.remove());

type Written = { delimiter: string; encoding: TextEncoding };

/** The results of a list as the service writes them. */
function resultsOf(columns: string[], rows: string[][], written: Written): Promise<Buffer> {
  const lines = [
    [...columns.map(givenName), ...RESULT_COLUMNS],
    ...rows.map((cells) => [...cells, 'https://x.test/1.png', 'completed', 'a | b; "c"']),
  ];
  return buffer(csvStream(lines, written));
}

const COLUMNS = ['name', 'phone', 'status'];
const ROWS = [
  ['Zoë – “Größe”', '+49 30 1234', 'open'],
  ['=1+1;=2', '-5', '@home'],
];

describe('results that are sent in again', () => {
  it.each<[string, TextEncoding]>([
    [',', 'utf-8'],
    [';', 'windows-1252'],
    ['\t', 'utf-16le'],
    [';', 'utf-16be'],
  ])('are the list that they came from: %j, %s', async (delimiter, encoding) => {
    const once = await resultsOf(COLUMNS, ROWS, { delimiter, encoding });
    const table = await files.read(once);
    expect(table).toMatchObject({ columns: COLUMNS, cells: ROWS, delimiter, encoding });
    expect(table.notes.join(' ')).toContain('image_url, status and warnings were left out');
    // And again: no further columns, no further apostrophes.
    expect(await resultsOf(table.columns, table.cells, { delimiter, encoding })).toEqual(once);
  });

  it('lose the results of several batches, wherever they stand', async () => {
    const text =
      'a,image_url,status,warnings,b,image_url,status,warnings\n1,u,failed,w,2,u2,completed,\n';
    const { columns, cells } = await files.read(text);
    expect([columns, cells]).toEqual([['a', 'b'], [['1', '2']]]);
  });

  it('keep them for a mapping that reads them', async () => {
    const path = await files.write(
      'a,image_url,status,warnings\n1,https://x.test/1.png,completed,\n',
    );
    const table = await openTable(path, { keepResults: true });
    expect(table.columns).toEqual(['a', 'image_url', 'status', 'warnings']);
  });

  it('are told from a list that has a status of its own', async () => {
    const { columns, notes } = await files.read('status,name\nopen,Ada\n');
    expect([columns, notes]).toEqual([['status', 'name'], []]);
  });
});

describe('a header', () => {
  it('is read without the marks of spreadsheets', async () => {
    const { columns } = await files.read('="Name";\'+phone\nAda;1\n');
    expect(columns).toEqual(['Name', '+phone']);
  });
});

describe('what a code page has no sign for', () => {
  it('becomes a question mark, and nothing else is lost', async () => {
    const body = await buffer(csvStream([['a', '日本 €']], { encoding: 'windows-1252' }));
    expect(body).toEqual(Buffer.from([0x61, 0x2c, 0x3f, 0x3f, 0x20, 0x80, 0x0d, 0x0a]));
  });
});
