import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { csvLine, csvStream } from '../../../src/tables/csv-writer.js';
import { formulaSafe, withoutGuards } from '../../../src/tables/formula-safe.js';
import { until } from '../../support/until.js';
import { createTableFiles, type TableFiles } from './table-files.js';

let files: TableFiles;
beforeAll(async () => {
  files = await createTableFiles();
});
afterAll(() => files.remove());

describe('a cell that a spreadsheet would run', () => {
  it.each([
    '=1+1',
    '=HYPERLINK("https://evil.example")',
    '+1+1',
    '+49 (0)30 1234',
    '-1+1',
    '-',
    '--1',
    '- 5',
    '@SUM(A1)',
    '\tx',
    '\rx',
    '\nx',
    ' =1',
    '\u00a0=1',
    '\u200b=1',
    '\ufeff=1',
    '\u0000=1',
    '"=1',
    ' " =1',
    '＋1',
    '－1',
    '＠SUM(1)',
    "=cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=DDE("cmd";"/C calc";"x")',
    '＝1+1',
    '-12.5|cmd',
    '-1e',
  ])('%j gets a quote', (cell) => {
    expect(formulaSafe(cell)).toBe(`'${cell}`);
  });

  it.each([
    '-12.5',
    '+3',
    '-.5',
    '-0,75',
    '-1,234.50',
    "-1'234.50",
    '-1.234,50',
    '-1 234',
    '-2e10',
    '-5%',
    '',
    'text',
    'a=b',
    '1-2',
    ' -5',
    'user@example.com',
    'a; b; -5',
    'one, =two',
    'Tel. +49 30 1234',
    "'=1",
  ])('%j stays', (cell) => {
    expect(formulaSafe(cell)).toBe(cell);
  });
});

describe('what some reader would run once it splits the file its own way', () => {
  it.each([
    ["x;=cmd|'/C calc'!A0;y", "x;'=cmd|'/C calc'!A0;y"],
    ['a\t=1+1\tb', "a\t'=1+1\tb"],
    ['a\n=1\r\n@x\r+y', "a\n'=1\r\n'@x\r'+y"],
    ['a;"=1"', 'a;\'"=1"'],
    ['a; \u200b＝1;-3;-3a', "a;' \u200b＝1;-3;'-3a"],
    ['a;;=1', "a;;'=1"],
    ['=1;=2', "'=1;'=2"],
    ['a\u2028=1', "a\u2028'=1"],
    ['\t=1', "'\t'=1"],
  ])('%j gets a quote there', (cell, safe) => {
    expect(formulaSafe(cell)).toBe(safe);
    expect(formulaSafe(safe)).toBe(safe);
    expect(withoutGuards(safe)).toBe(cell);
  });
});

describe('a results.csv that is sent in again', () => {
  const header = ['title', 'image_url', 'status', 'warnings'];
  const title = '=1; - x\n- y; -5';

  it('is read as it was meant, and written as before', async () => {
    const written = csvLine(header) + csvLine([title, 'u', 'completed', '']);
    expect(written).toContain("'=1;' - x\n'- y; -5");
    const { cells } = await files.read(written);
    expect(cells).toEqual([[title]]);
    expect(csvLine(header) + csvLine([...(cells[0] ?? []), 'u', 'completed', ''])).toBe(written);
  });

  it('is known by its header alone: the apostrophes of other tables are their own', async () => {
    const other = csvLine(['title', 'status']) + csvLine([title, 'x']);
    expect((await files.read(other)).cells[0]?.[0]).toBe("'=1;' - x\n'- y; -5");
  });
});

describe('a line', () => {
  it('is quoted where it must be, and ends with CR LF', () => {
    expect(csvLine(['a', 'b,c', 'd"e', 'f\ng', ' h', 'i;j', 'k\r', ''])).toBe(
      'a,"b,c","d""e","f\ng"," h","i;j","k\r",\r\n',
    );
  });

  it('has numbers and nothing as they are, and no formulas', () => {
    expect(csvLine([-1.5, true, null, undefined, '=A1,B1'])).toBe('-1.5,true,,,"\'=A1,B1"\r\n');
  });

  it('with one empty cell is not a blank line', () => {
    expect(csvLine([''])).toBe('""\r\n');
  });
});

describe('a file', () => {
  const rows = [
    ['id', 'text'],
    ['1', 'Zoë, “€”\r\n"x"'],
    ['2', '-12,5'],
  ];

  it('comes back as it was written', async () => {
    const written = await buffer(csvStream(rows));
    expect(written.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    const table = await files.read(written);
    expect([table.columns, ...table.cells]).toEqual(rows);
  });

  it('has no byte order mark where none is wanted, and none at all without rows', async () => {
    expect(await text(csvStream([['a']], { bom: false }))).toBe('a\r\n');
    expect((await buffer(csvStream([], { bom: false }))).length).toBe(0);
  });

  it('is written as fast as it is read, and fails as its rows do', async () => {
    let made = 0;
    let isOver = false;
    async function* endless() {
      try {
        for (;;) {
          made += 1;
          yield ['x'.repeat(1000), made];
        }
      } finally {
        isOver = true;
      }
    }
    for await (const _ of csvStream(endless())) break;
    await until(() => isOver);
    expect(made).toBeLessThan(500);

    async function* failing() {
      yield ['a'];
      throw new Error('no more rows');
    }
    await expect(text(csvStream(failing()))).rejects.toThrow('no more rows');
  });
});
