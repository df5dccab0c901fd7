import { execFileSync } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { csvLine } from '../../../src/tables/csv-writer.js';
import { formulaSafe } from '../../../src/tables/formula-safe.js';
import { requireService } from '../../support/require-service.js';

/** Every cell that a program with another list separator sees, and those that it might run. */
const PYTHON = `
import csv, io, json, re, sys
data = sys.stdin.buffer.read().decode('utf-8')
seen, risky = 0, []
for delimiter in ',;\\t':
  for row in csv.reader(io.StringIO(data, newline=''), delimiter=delimiter):
    for cell in row:
      seen += 1
      bare = cell.strip(' \\t\\r\\n\\u200b')
      if re.match('[=+@\\uff1d-]', bare): risky.append([delimiter, cell])
print(json.dumps({'seen': seen, 'risky': risky[:5]}))
`;

it('a cell that a spreadsheet would run is nothing, whatever cells are made of: Python reads them at comma, semicolon and tab', async () => {
  await requireService('python3');
  const parts = [
    '=1',
    '+a',
    '-',
    '@x',
    '＝2',
    ';',
    '\t',
    '"',
    "'",
    ',',
    '\n',
    '\r\n',
    ' ',
    '\u200b',
    'x',
  ];
  // Any sequence will do, as long as it is the same each time.
  let state = 7;
  const below = (limit: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * limit);
  };
  const cell = () => Array.from({ length: below(9) }, () => parts[below(parts.length)]).join('');
  const rows = Array.from({ length: 4_000 }, () => Array.from({ length: 4 }, cell));
  const found = execFileSync('python3', ['-c', PYTHON], {
    input: rows.map(csvLine).join(''),
    encoding: 'utf8',
  });
  const { seen, risky } = JSON.parse(found) as { seen: number; risky: string[] };
  expect(risky).toEqual([]);
  expect(seen).toBeGreaterThan(40_000);
  for (const row of rows) {
    for (const one of row) expect(formulaSafe(formulaSafe(one))).toBe(formulaSafe(one));
  }
});
