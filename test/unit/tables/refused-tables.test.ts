import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ZipFile } from 'yazl';
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

  it('in a quoted name that goes on', async () => {
    expect(await refusal('"a" x,b\n1,2\n')).toContain('The header on line 1 has a quoted name');
  });
});
