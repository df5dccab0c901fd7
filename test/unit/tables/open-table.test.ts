import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTable } from '../../../src/tables/open-table.js';
import { createTableFiles, type TableFiles } from './table-files.js';

let files: TableFiles;
beforeAll(async () => {
  files = await createTableFiles();
});
afterAll(() => files.remove());

const spectrum = dirname(createRequire(import.meta.url).resolve('csv-spectrum/package.json'));
const spectrumNames = readdirSync(join(spectrum, 'csvs')).map((name) => basename(name, '.csv'));

describe('csv-spectrum', () => {
  it('is all there', () => {
    expect(spectrumNames).toHaveLength(12);
  });

  it.each(spectrumNames)('%s', async (name) => {
    const json = JSON.parse(readFileSync(join(spectrum, 'json', `${name}.json`), 'utf8'));
    // One file has a single object, whose telephone number is not that of the CSV.
    const expected: Record<string, string>[] = Array.isArray(json)
      ? json
      : [{ ...json, 'Contact Phone Number': '2095257564' }];
    const { columns, rows } = await files.read(readFileSync(join(spectrum, 'csvs', `${name}.csv`)));
    expect(columns).toEqual(Object.keys(expected[0] ?? {}));
    expect(rows.map(({ problem }) => problem)).toEqual(expected.map(() => undefined));
    expect(rows.map(({ cells }) => cells)).toEqual(expected.map((row) => Object.values(row)));
  });
});

/** What RFC 4180 allows, leaves open or forbids: the file, the columns, the cells. */
const cases: Record<string, [string, string[], string[][]]> = {
  'a last line without its line break': ['a,b\n1,2', ['a', 'b'], [['1', '2']]],
  'a last line with one': ['a,b\n1,2\n', ['a', 'b'], [['1', '2']]],
  'one column': ['a\n1\n2\n', ['a'], [['1'], ['2']]],
  'CR LF': [
    'a,b\r\n1,2\r\n3,4\r\n',
    ['a', 'b'],
    [
      ['1', '2'],
      ['3', '4'],
    ],
  ],
  'CR alone': [
    'a,b\r1,2\r3,4\r',
    ['a', 'b'],
    [
      ['1', '2'],
      ['3', '4'],
    ],
  ],
  'all three mixed': [
    'a,b\r\n1,2\n3,4\r5,6',
    ['a', 'b'],
    [
      ['1', '2'],
      ['3', '4'],
      ['5', '6'],
    ],
  ],
  'an empty cell': ['a,b,c\n1,,3', ['a', 'b', 'c'], [['1', '', '3']]],
  'an empty quoted cell': ['a,b,c\n1,"",3', ['a', 'b', 'c'], [['1', '', '3']]],
  'an empty last cell': ['a,b,c\n1,2,', ['a', 'b', 'c'], [['1', '2', '']]],
  'a quoted delimiter': ['a,b\n"Yes, no",2', ['a', 'b'], [['Yes, no', '2']]],
  'a doubled quote': ['a,b\n"Say ""hi""!",2', ['a', 'b'], [['Say "hi"!', '2']]],
  'a cell of nothing but a quote': ['a,b\n"""",2', ['a', 'b'], [['"', '2']]],
  'a quoted cell that begins and ends with quotes': ['a\n"""hi"""', ['a'], [['"hi"']]],
  'a quoted LF': ['a,b\n"1\n2",3', ['a', 'b'], [['1\n2', '3']]],
  'a quoted CR LF': ['a,b\r\n"1\r\n2",3\r\n', ['a', 'b'], [['1\r\n2', '3']]],
  'a quoted header over two lines': ['"a\nx",b\n1,2', ['a x', 'b'], [['1', '2']]],
  'spaces around cells, which are theirs': ['a,b\n 1 , 2 ', ['a', 'b'], [[' 1 ', ' 2 ']]],
  'quotes within an unquoted cell': [
    'a,b\n6" pipe,the "big" one',
    ['a', 'b'],
    [['6" pipe', 'the "big" one']],
  ],
  'letters outside of ASCII': ['ä,名\n€,😀', ['ä', '名'], [['€', '😀']]],
  'blank lines anywhere': [
    '\n\r\na,b\n\n1,2\n \n\n3,4\n\n',
    ['a', 'b'],
    [
      ['1', '2'],
      ['3', '4'],
    ],
  ],
  'rows of nothing but delimiters': ['a,b\n1,2\n,\n,,,\n', ['a', 'b'], [['1', '2']]],
  'delimiters behind the last column': ['a,b\n1,2,,\n', ['a', 'b'], [['1', '2']]],
};

describe('what is a CSV', () => {
  it.each(Object.entries(cases))('%s', async (_name, [content, columns, cells]) => {
    const table = await files.read(content);
    expect(table.columns).toEqual(columns);
    expect(table.cells).toEqual(cells);
    expect(table.rows.filter(({ problem }) => problem)).toEqual([]);
  });

  it('can be read again, and given up in the middle', async () => {
    const table = await openTable(await files.write('a\n1\n2\n3\n'));
    for (let time = 0; time < 3; time += 1) {
      for await (const row of table.rows()) {
        expect(row).toEqual({ line: 2, cells: ['1'] });
        break;
      }
    }
  });

  it('is read whole where it is larger than any buffer', async () => {
    const rows = Array.from({ length: 8_000 }, (_, n) => `${n},"x ""${n}"",\r\ny",Zürich ${n}`);
    const table = await files.read(`id,text,city\r\n${rows.join('\r\n')}\r\n`);
    expect(table.rows).toHaveLength(8_000);
    table.rows.forEach(({ line, cells, problem }, n) => {
      if (problem || line !== 2 + 2 * n || cells[1] !== `x "${n}",\r\ny`) throw new Error(`${n}`);
    });
    expect(table.rows.at(-1)?.cells[2]).toBe('Zürich 7999');
  });
});

describe('columns', () => {
  it('get names that differ, and the sender is told', async () => {
    const table = await files.read('Name,Name, ,Name (2),Name,\n1,2,3,4,5,6');
    expect(table.columns).toEqual([
      'Name',
      'Name (3)',
      'Column 3',
      'Name (2)',
      'Name (4)',
      'Column 6',
    ]);
    expect(table.notes).toEqual([
      'Columns without a name are called "Column 3", "Column 6".',
      'Columns of the same name are called "Name (3)", "Name (4)".',
    ]);
  });

  it('count twice as a reader would say it', async () => {
    expect((await files.read('Name,Name\n1,2')).columns).toEqual(['Name', 'Name (2)']);
  });
});

describe('rows that do not fit', () => {
  it('are given with their line and what to do, and the rest goes on', async () => {
    const { rows } = await files.read('a,b,c\n1,2,3\n\n"x\ny",2\n1,2,3,4\n7,8,9\n');
    expect(rows).toEqual([
      { line: 2, cells: ['1', '2', '3'] },
      {
        line: 4,
        cells: ['x\ny', '2', ''],
        missing: 1,
      },
      {
        line: 6,
        cells: ['1', '2', '3', '4'],
        problem:
          'Line 6 has 4 cells, but the header has 3. Put cells that hold a delimiter or a line break in double quotes.',
      },
      { line: 7, cells: ['7', '8', '9'] },
    ]);
  });

  it('have a quoted cell that goes on behind its quote', async () => {
    const { rows } = await files.read('a,b\n1,"Oh, a " here"\n"""fine""",3\n');
    expect(rows[0]).toMatchObject({
      line: 2,
      problem:
        'Line 2: a quoted cell goes on behind its closing quote. Write each quote within a quoted cell twice ("").',
    });
    expect(rows[1]).toEqual({ line: 3, cells: ['"fine"', '3'] });
  });
});

describe('lines above the header', () => {
  it.each([
    ['a title', 'Price list 2026\n\nname,price,unit\nA,1,kg\nB,2,kg\n', 1],
    [
      'a title that a spreadsheet pads',
      'Price list,,\nof Mai,,\nname,price,unit\nA,1,kg\nB,2,kg\n',
      2,
    ],
    ['a padded title of two columns', 'Price list,\nname,price\nA,1\nB,2\n', 1],
  ])('%s', async (_name, content, titles) => {
    const table = await files.read(content);
    expect(table.columns.slice(0, 2)).toEqual(['name', 'price']);
    expect(table.cells[0]?.slice(0, 2)).toEqual(['A', '1']);
    expect(table.notes).toHaveLength(titles);
    expect(table.notes[0]).toMatch(/^Line 1 \("Price list.*"\) stands above the names/);
  });

  it.each([
    ['one column', 'name\nA\nB\n', ['name']],
    ['a header of one name', 'name\nA, B\nC, D\n', ['name']],
    ['a short header', 'name,,\nA,1,2\nA,1,2\n', ['name', 'Column 2', 'Column 3']],
  ])('not %s', async (_name, content, columns) => {
    expect((await files.read(content)).columns).toEqual(columns);
  });

  it('are told by the names that are asked for', async () => {
    const path = await files.write('Sales,June\nname,price\nA,1\n');
    const table = await openTable(path, { names: ['Name', 'Price'] });
    expect(table.columns).toEqual(['Sales', 'June']);
    const other = await files.write('Sales,\nof June,\nName,Price\nA,1\n');
    expect((await openTable(other, { names: ['price'] })).columns).toEqual(['Name', 'Price']);
  });
});

describe('lines', () => {
  it.each(['\n', '\r\n', '\r'])('are those of the file, with %j', async (eol) => {
    const lines = ['', 'a,b', '"1', '', '2",x', '', '', '3,y', '"4', '",z', '5,w'];
    const { rows } = await files.read(lines.join(eol));
    expect(rows.map(({ line }) => line)).toEqual([3, 8, 9, 11]);
  });
});

describe('the delimiter', () => {
  it.each([
    [',', 'name,price\nA,1\nB,2'],
    [';', 'name;price\nA;1,50\nB;2,75\n'],
    [';', 'Name, first;Price\nA, b;1,50\nC, d;2,75\n'],
    ['\t', 'name\tprice, net\nA\t1,50\nB\t2,75'],
    [',', 'name,tags\nA,x;y\nB,u;v'],
    [',', '"a;b;c","d;e"\n"1;2;3",2\n'],
    [',', 'alone\n1;2\n3\t4'],
    [';', 'a;b\n"1;2\n3;4,5,6";x\n'],
    ['|', 'name|price, net\nA|1,50\nB|2,75\n'],
    [';', 'Report, as of today\n\nname;price;unit\nA;1,50;kg\nB;2,75;kg\n'],
    [',', 'tags\nred;blue\ngreen;red\n'],
  ])('%j is told from %j', async (delimiter, content) => {
    expect((await files.read(content)).delimiter).toBe(delimiter);
  });

  it.each([
    ['sep=;\r\n', ';', 'a,x;b\r\n1,5;2\r\n'],
    ['sep=|\n', '|', 'a,x|b\n1,5|2\n'],
    ['\ufeffSEP=\t\n', '\t', 'a,x\tb\n1,5\t2\n'],
    ['"sep=;"\n', ';', 'a,x;b\n1,5;2\n'],
  ])(
    'is what the first line %j says, and lines are counted on',
    async (sep, delimiter, content) => {
      const table = await files.read(sep + content);
      expect(table.delimiter).toBe(delimiter);
      expect(table.columns).toEqual(['a,x', 'b']);
      expect(table.rows).toEqual([{ line: 3, cells: ['1,5', '2'] }]);
    },
  );
});
