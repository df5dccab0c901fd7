import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import iconv from 'iconv-lite';
import { knownEncoding } from '../../../src/tables/known-encoding.js';
import { openTable } from '../../../src/tables/open-table.js';
import { createTableFiles, type TableFiles } from './table-files.js';

let files: TableFiles;
beforeAll(async () => {
  files = await createTableFiles();
});
afterAll(() => files.remove());

const CONTENT = 'Naïve;Größe\r\n“Zoë”;12,5 €\r\n日本 😀;Łódź\r\n';
const CELLS = [
  ['“Zoë”', '12,5 €'],
  ['日本 😀', 'Łódź'],
];

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('Unicode', () => {
  it.each([
    ['utf-8', Buffer.from(CONTENT)],
    ['utf-8', Buffer.from(`\ufeff${CONTENT}`)],
    ['utf-16le', Buffer.from(`\ufeff${CONTENT}`, 'utf16le')],
    ['utf-16be', utf16be(`\ufeff${CONTENT}`)],
    ['utf-16le', Buffer.from(CONTENT, 'utf16le')],
    ['utf-16be', utf16be(CONTENT)],
  ])('%s, case %#', async (encoding, content) => {
    const table = await files.read(content);
    expect(table).toMatchObject({ encoding, columns: ['Naïve', 'Größe'], cells: CELLS, notes: [] });
  });

  it.each([
    ['Latin', 'name,city\nAnna,Bern\n'],
    ['Cyrillic', 'имя,город\nАнна,Москва\nПётр,Казань\n'],
    ['Japanese', '名前,会社\n山田太郎,東京株式会社\n'],
  ])('UTF-16 without a mark, %s', async (_name, content) => {
    const little = await files.read(Buffer.from(content, 'utf16le'));
    const big = await files.read(utf16be(content));
    const plain = await files.read(content);
    expect(little).toMatchObject({ encoding: 'utf-16le', cells: plain.cells });
    expect(big).toMatchObject({ encoding: 'utf-16be', cells: plain.cells });
  });
});

describe('Windows-1252', () => {
  it('has umlauts, curly quotes, dashes and the euro sign', async () => {
    const bytes = Buffer.from(
      'Name;Preis\r\nM\xfcller \x84K\xf6ln\x93 \x96 \x92s;1,50 \x80\r\n',
      'latin1',
    );
    const table = await files.read(bytes);
    expect(table).toMatchObject({ encoding: 'windows-1252', delimiter: ';' });
    expect(table.cells).toEqual([['Müller „Köln“ – ’s', '1,50 €']]);
    expect(table.notes).toEqual([
      'The file is not UTF-8; it was read as Windows-1252, as Excel writes it by default. If letters look wrong, save it as "CSV UTF-8".',
    ]);
  });

  it('maps each of its bytes as the WHATWG Encoding Standard does', async () => {
    const high = Buffer.from(Array.from({ length: 128 }, (_, n) => 128 + n));
    const path = await files.write(Buffer.concat([Buffer.from('a\n'), high, Buffer.from('\n')]));
    const cells: string[][] = [];
    const table = await openTable(path, { encoding: 'windows-1252' });
    for await (const row of table.rows()) cells.push(row.cells);
    expect(cells[0]?.[0]?.slice(0, 32)).toBe(
      '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
        '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178',
    );
    expect(cells[0]?.[0]?.slice(32)).toBe(high.toString('latin1', 32));
  });
});

const names: Record<string, string[]> = {
  'windows-1250': [
    'Łukasz Żółć',
    'Twój tydzień',
    'Jiří Dvořák',
    'Kovács Őrs',
    'Małgorzata Wiśniewska',
  ],
  'windows-1251': ['Наталья', 'Ваша неделя в цифрах', 'Юрій Шевченко'],
  'windows-1253': ['Γιώργος Παπαδόπουλος', 'Ελένη'],
  'windows-1254': ['Çiğdem Işıklı', 'Ayşe Yılmaz', 'İstanbul', 'Mustafa Doğan'],
  'windows-1255': ['דוד כהן', 'תל אביב', 'שלום עולם'],
  'windows-1256': ['محمد علي', 'القاهرة'],
  'windows-1257': ['Žydrūnas Ščiuka', 'Jānis Bērziņš', 'Kęstutis', 'Õnne Tänav'],
  'windows-874': ['สมชาย', 'กรุงเทพมหานคร'],
  macintosh: ['José Müller', 'Zürich', 'François'],
  cp850: ['Jürgen Müller', 'Größe', 'José García'],
  cp866: ['Наталья Иванова', 'Ваша неделя'],
  'koi8-r': ['Наталья Иванова', 'Ваша неделя'],
  shift_jis: ['山田太郎', '今週の成績', 'カタカナ'],
  'euc-jp': ['山田太郎', 'お知らせです'],
  gb18030: ['王小明', '您的一周', '欢迎来到北京'],
  big5: ['陳怡君', '您的一週', '歡迎來到臺北'],
  'euc-kr': ['김철수', '이번 주 소식'],
};

const csvOf = (rows: string[]) => `name,city\r\n${rows.map((row) => `${row},x\r\n`).join('')}`;

describe('code pages', () => {
  it.each(Object.entries(names))('%s is told by its letters', async (encoding, rows) => {
    const table = await files.read(iconv.encode(csvOf(rows), encoding));
    expect(table).toMatchObject({ encoding, cells: rows.map((row) => [row, 'x']) });
    expect(table.notes).toEqual([expect.stringContaining(`those of ${encoding}`)]);
  });

  it.each(['Müller', 'Zoë', 'François', 'Øystein', 'Ångström', 'Peña', 'Conceição'])(
    'one name such as %s is enough for Windows-1252',
    async (name) => {
      const table = await files.read(Buffer.from(csvOf([name, 'Smith']), 'latin1'));
      expect(table).toMatchObject({
        encoding: 'windows-1252',
        cells: [
          [name, 'x'],
          ['Smith', 'x'],
        ],
      });
    },
  );

  it.each([
    ['a letter that is another one elsewhere', iconv.encode(csvOf(['Žaneta']), 'windows-1250')],
    ['nonsense', Buffer.from('a,b\n\xac\xa6\x81,\xb6\xa4\xbc\xd7\n', 'latin1')],
  ])('%s is not guessed', async (_name, content) => {
    const refused = await files.refuse(content);
    expect(refused.errors?.[0]?.message).toMatch(/cannot be told: .* State "encoding"/);
  });

  it('are read as they are stated, whatever they look like', async () => {
    const path = await files.write(iconv.encode(csvOf(['Žaneta']), 'windows-1250'));
    const table = await openTable(path, { encoding: knownEncoding('CP1250') });
    for await (const { cells } of table.rows()) expect(cells).toEqual(['Žaneta', 'x']);
    expect(table.notes).toEqual([]);
  });

  it.each([
    ['Windows-1250', 'windows-1250'],
    ['cp1251', 'cp1251'],
    ['Latin1', 'windows-1252'],
    ['SJIS', 'shift_jis'],
    ['gbk', 'gb18030'],
    ['MacRoman', 'macintosh'],
    ['UTF8', 'utf-8'],
    ['ISO-8859-15', 'iso-8859-15'],
  ])('%s is a name of %s', (given, expected) => {
    expect(knownEncoding(given)).toBe(expected);
  });

  it.each(['windows-12500', 'base64', 'hex', ''])('%s is no encoding', (given) => {
    expect(() => knownEncoding(given)).toThrow(/encoding: /);
  });
});

describe('UTF-8 with a broken byte', () => {
  const rows = Array.from({ length: 40 }, (_, n) => `Zoë Müller ${n},Größe ${n}`);
  const broken = Buffer.concat([
    Buffer.from(`first_name,message\n${rows.join('\n')}\nZo`),
    Buffer.from([0xc3]),
    Buffer.from(',ok\n'),
    Buffer.from('Ana,sí\n'),
  ]);

  it('costs the row that has it', async () => {
    const table = await files.read(broken);
    expect(table).toMatchObject({ encoding: 'utf-8', columns: ['first_name', 'message'] });
    expect(table.rows).toHaveLength(42);
    expect(table.rows.filter(({ problem }) => problem !== undefined)).toEqual([
      {
        line: 42,
        cells: ['Zo\ufffd', 'ok'],
        problem:
          'Line 42 has bytes that are not utf-8, and letters of "Zo\ufffd" are lost. Mend the cell, or save the list as "CSV UTF-8" again.',
      },
    ]);
    expect(table.cells.at(-1)).toEqual(['Ana', 'sí']);
    expect(table.notes).toEqual([
      'The file is UTF-8 but for one place that is not; the rows with them fail. Save it as "CSV UTF-8" again.',
    ]);
  });

  it('also behind a byte order mark, and where the file is cut off', async () => {
    const marked = await files.read(Buffer.concat([Buffer.from('\ufeff'), broken]));
    expect(marked.rows.filter(({ problem }) => problem !== undefined)).toHaveLength(1);
    const cut = await files.read(Buffer.from('a,b\nZoë,ü\nMia,ü').subarray(0, -1));
    expect(cut.rows.map(({ problem }) => problem !== undefined)).toEqual([false, true]);
  });
});
