import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { csvLine, csvStream } from '../../../src/tables/csv-writer.js';
import { formulaSafe } from '../../../src/tables/formula-safe.js';
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
    '\t=1+1',
    '\r=1+1',
    '\n=1+1',
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
    ' =1',
    'user@example.com',
    "'=1",
  ])('%j stays', (cell) => {
    expect(formulaSafe(cell)).toBe(cell);
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
