import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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
    const { cells } = await files.read(
      Buffer.concat([Buffer.from('a\n'), high, Buffer.from('\n')]),
    );
    expect(cells[0]?.[0]?.slice(0, 32)).toBe(
      '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
        '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178',
    );
    expect(cells[0]?.[0]?.slice(32)).toBe(high.toString('latin1', 32));
  });

  it('is what UTF-8 without a mark becomes that is cut off', async () => {
    const cut = Buffer.from('a,b\n1,ü').subarray(0, -1);
    expect(await files.read(cut)).toMatchObject({ encoding: 'windows-1252', cells: [['1', 'Ã']] });
  });
});
