import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTable } from '../../../src/tables/open-table.js';
import { createTableFiles, type TableFiles } from '../../unit/tables/table-files.js';

let files: TableFiles;
beforeAll(async () => {
  files = await createTableFiles();
});
afterAll(() => files.remove());

async function refusal(content: string | Buffer): Promise<string> {
  const error = await files.refuse(content);
  expect(error.code).toBe('invalid_request');
  expect(error.errors).toEqual([{ path: 'file', message: error.detail }]);
  return error.detail;
}

describe('a quote that is not closed', () => {
  it('is not searched for to the end of a large file', async () => {
    const rows = '1,2\n'.repeat(400_000);
    expect(await refusal(`a,b\n1,2\n"open,2\n${rows}`)).toBe(
      'The quote (") that opens on line 3 is not closed within 1 MB. Close the cell with a quote, and write each quote within it twice ("").',
    );
  });

  it('far into the file ends the rows there, after those before it', async () => {
    const path = await files.write(`a,b\n${'1,2\n'.repeat(100_000)}3,"open`);
    const table = await openTable(path);
    let rows = 0;
    const read = async () => {
      for await (const _ of table.rows()) rows += 1;
    };
    await expect(read()).rejects.toMatchObject({
      detail: expect.stringContaining('opens on line 100002 is never closed'),
    });
    expect(rows).toBeGreaterThan(50_000);
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
    expect(await refusal(`${wide(2_000_000)}\n1,2`)).toBe(detail);
    expect(await refusal(`${','.repeat(2_000_000)}\n1,2`)).toBe(detail);
    expect(await refusal(`a,b\n1,2\n${wide(2_000_000)}\n`)).toContain('begins on line 3 has more');
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

describe('an encoding', () => {
  it.each(['utf8', 'utf16le'] as const)(
    'characters of %s that are cut by the pieces the file is read in stay whole',
    async (encoding) => {
      for (const lead of ['', 'x', 'xx', 'xxx']) {
        const long = `${lead}${'😀é'.repeat(30_000)}`;
        const { cells, encoding: found } = await files.read(
          Buffer.from(`\ufeffa\n${long}\n`, encoding),
        );
        expect(found).toBe(encoding === 'utf8' ? 'utf-8' : 'utf-16le');
        expect(cells[0]?.[0] === long).toBe(true);
      }
    },
  );

  it('is found by one byte near the end', async () => {
    // Several of the pieces that a file is read in.
    const bytes = Buffer.from(`a,b\n${'1,2\n'.repeat(100_000)}3,\xfc\n`, 'latin1');
    const { encoding, cells } = await files.read(bytes);
    expect(encoding).toBe('windows-1252');
    expect(cells.at(-1)).toEqual(['3', 'ü']);
  });
});
