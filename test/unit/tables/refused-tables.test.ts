import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ZipFile } from 'yazl';
import { openTable } from '../../../src/tables/open-table.js';
import { createTableFiles, type TableFiles } from './table-files.js';

let files: TableFiles;
beforeAll(async () => {
  files = await createTableFiles();
});
afterAll(() => files.remove());

async function aZip(): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from('<workbook/>'), 'xl/workbook.xml');
  zip.end();
  return buffer(zip.outputStream as Readable);
}

async function refusal(content: string | Buffer): Promise<string> {
  const error = await files.refuse(content);
  expect(error.code).toBe('invalid_request');
  expect(error.errors).toEqual([{ path: 'file', message: error.detail }]);
  return error.detail;
}

const EMPTY = 'The file is empty. Send a CSV with a header line and at least one row.';

describe('no table', () => {
  it.each([
    ['nothing', '', EMPTY],
    ['a byte order mark', '\ufeff', EMPTY],
    ['blank lines', '\r\n\r\n  \n,,\n', EMPTY],
    ['sep= alone', 'sep=;\n', EMPTY],
    ['a header', 'a,b', 'The file has a header line but no rows. Add at least one row below it.'],
    [
      'a header and blank lines',
      'a,b\n\n,\n',
      'The file has a header line but no rows. Add at least one row below it.',
    ],
  ])('%s', async (_name, content, detail) => {
    expect(await refusal(content)).toBe(detail);
  });

  it('a workbook, whatever it is called', async () => {
    expect(await refusal(await aZip())).toBe(
      'This is an Excel workbook (XLSX) or another ZIP, whatever its name says. Save the sheet as "CSV UTF-8 (comma delimited)" and send that file.',
    );
  });

  it.each([
    ['XLS', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'This is an old Excel workbook (XLS).'],
    ['gzip', Buffer.from('1f8b0800', 'hex'), 'This is compressed with gzip.'],
    ['PDF', '%PDF-1.7', 'This is a PDF.'],
    ['PNG', Buffer.from('89504e470d0a1a0a', 'hex'), 'This is a picture.'],
    ['RTF', '{\\rtf1\\ansi hello}', 'This is a text document (RTF).'],
    ['HTML', '\ufeff \n<html><table><tr><td>a</td></tr></table>', 'This is HTML or XML'],
    ['XML', '<?xml version="1.0"?><Workbook/>', 'This is HTML or XML'],
    ['JSON', '[{"title": "A"}]', 'This is JSON. Send it as a JSON body with "items"'],
  ])('%s', async (_name, content, detail) => {
    expect(await refusal(content)).toContain(detail);
  });

  it('but a cell may look like one of them', async () => {
    const { columns } = await files.read('<b>,{x}\n<html>,PDF');
    expect(columns).toEqual(['<b>', '{x}']);
  });
});

describe('damage', () => {
  it('by a NUL byte is told with its line', async () => {
    expect(await refusal(`a,b\r\n1,2\r\n3,\0\r\n`)).toContain('Line 3 has a NUL byte');
    const late = `a,b\n${'1,2\n'.repeat(20_000)}1,\0`;
    expect(await refusal(late)).toContain('Line 20002 has a NUL byte');
  });

  it('of UTF-8 that says it is UTF-8', async () => {
    const damaged = Buffer.concat([
      Buffer.from('\ufeffa,b\n1,'),
      Buffer.from([0xfc]),
      Buffer.from('\n'),
    ]);
    expect(await refusal(damaged)).toContain('is marked as UTF-8 but is something else');
    const cut = Buffer.from('\ufeffa,b\n1,ü').subarray(0, -1);
    expect(await refusal(cut)).toContain('The last character of the file is cut off');
  });

  it('of UTF-16', async () => {
    const cut = Buffer.from('\ufeffa,b\n1,2\n', 'utf16le').subarray(0, -1);
    expect(await refusal(cut)).toContain('begins as UTF-16 but is damaged');
    expect(await refusal(Buffer.from('\ufeffa\n\0\n', 'utf16le'))).toContain('Line 2 has a NUL');
  });
});

describe('a quote that is not closed', () => {
  it('is told with the line where it opens', async () => {
    expect(await refusal('a,b\n1,2\n\n3,"open\n4,5\n6,7\n')).toBe(
      'The quote (") that opens on line 4 is never closed. Close the cell with a quote, and write each quote within it twice ("").',
    );
  });

  it('on the line of the cell, not of the record', async () => {
    expect(await refusal('a,b,c\n"1\n2",x,"open\n')).toContain('opens on line 3 is never');
  });

  it('in the header', async () => {
    expect(await refusal('"a,b\n1,2\n')).toContain('opens on line 1 is never');
  });

  it('is not searched for to the end of a large file', async () => {
    const rows = '1,2\n'.repeat(400_000);
    expect(await refusal(`a,b\n1,2\n"open,2\n${rows}`)).toBe(
      'The quote (") that opens on line 3 is not closed within 1 MB. Close the cell with a quote, and write each quote within it twice ("").',
    );
  });

  it('far into the file ends the rows there, after those before it', async () => {
    const path = await files.write(`a,b\n${'1,2\n'.repeat(40_000)}3,"open`);
    const table = await openTable(path);
    let rows = 0;
    const read = async () => {
      for await (const _ of table.rows()) rows += 1;
    };
    await expect(read()).rejects.toMatchObject({
      detail: expect.stringContaining('opens on line 40002 is never closed'),
    });
    expect(rows).toBeGreaterThan(20_000);
  });

  it('in a quoted name that goes on', async () => {
    expect(await refusal('"a" x,b\n1,2\n')).toContain('The header on line 1 has a quoted name');
  });
});

describe('too much', () => {
  it('is more than 1,000 columns', async () => {
    const wide = (cells: number) => Array.from({ length: cells }, (_, n) => `c${n}`).join(',');
    const { columns } = await files.read(`${wide(1000)}\n${wide(1000)}`);
    expect(columns).toHaveLength(1000);
    const detail =
      'The record that begins on line 1 has more than 1,000 columns. Delete the columns that are not needed, or check the line breaks.';
    expect(await refusal(`${wide(1001)}\n1,2`)).toBe(detail);
    expect(await refusal(`${wide(60_000)}\n1,2`)).toBe(detail);
    expect(await refusal(`${','.repeat(60_000)}\n1,2`)).toBe(detail);
    expect(await refusal(`a,b\n1,2\n${wide(60_000)}\n`)).toContain('begins on line 3 has more');
  });

  it('is a record over 1 MB, however its bytes are spread', async () => {
    const half = 'x'.repeat(600 * 1024);
    expect((await files.read(`a,b\n${half},${'y'.repeat(300 * 1024)}`)).rows).toHaveLength(1);
    const detail =
      'The record on line 2 is larger than 1 MB. Check that the file has line breaks and is a CSV.';
    expect(await refusal(`a,b\n${half},${half}\n`)).toBe(detail);
    expect(await refusal(`a,b\n${half}${half},1\n`)).toBe(detail);
    expect(await refusal(`${half}${half}`)).toContain('The record on line 1 is larger');
  });
});
