import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mapRow, resolveMapping } from '../../../src/batches/column-mapping.js';
import { readColumns } from '../../../src/batches/read-columns.js';
import { type FolderRegistry, loadFolderRegistry } from '../../../src/library/folder-registry.js';
import { openTable } from '../../../src/tables/open-table.js';
import type { GivenReading } from '../../../src/templates/reading/reading-hints.js';
import { resolveFields } from '../../../src/templates/resolve-fields.js';
import type { Template } from '../../../src/templates/template.js';
import { createTableFiles, type TableFiles } from '../tables/table-files.js';

let files: TableFiles;
let registry: FolderRegistry;
let product: Template;
let event: Template;
beforeAll(async () => {
  files = await createTableFiles();
  registry = await loadFolderRegistry({ directory: 'templates', intervalMs: 0 });
  product = registry.get('product');
  event = registry.get('event');
});
afterAll(async () => {
  await registry.close();
  await files.remove();
});

/** The values of a field in each row, `refused` where the row is; and the notes. */
async function read(template: Template, field: string, csv: string, given: GivenReading = {}) {
  const table = await openTable(await files.write(csv));
  const fields = Object.entries(template.manifest.fields);
  const mapping = resolveMapping(
    table.columns,
    undefined,
    fields.map(([name, { label }]) => ({ name, label })),
  );
  const rows: Record<string, unknown>[] = [];
  for await (const { cells } of table.rows()) rows.push(mapRow(mapping, cells).data);
  const whole = { ...given, ...(table.delimiter === ';' ? { listMark: ',' as const } : {}) };
  const { reading, notes } = await readColumns(template, rows, whole, (name) => name);
  // As it is stored with its batch.
  const stored = JSON.parse(JSON.stringify(reading)) as GivenReading;
  const values = rows.map((data) => {
    const { fields: resolved, errors } = resolveFields(template, data, { reading: stored });
    const own = errors.filter((error) => error.field === field);
    return own.length > 0 ? 'refused' : resolved[field];
  });
  return { values, notes };
}

const prices = (csv: string, given?: GivenReading) => read(product, 'price', csv, given);
const starts = (csv: string, given?: GivenReading) => read(event, 'starts_at', csv, given);

const list = (name: string, cells: string[], delimiter = ',') =>
  [`name${delimiter}${name}`, ...cells.map((cell, at) => `${at}${delimiter}"${cell}"`)].join('\n');

describe('prices in a column', () => {
  it('are read as its other cells show', async () => {
    const { values, notes } = await prices(
      'name;price\nLampe;1.299\nStuhl;12,50\nTisch;1.234,50\nSofa;2.499 €\n',
    );
    expect(values).toEqual([1299, 12.5, 1234.5, 2499]);
    expect(notes).toEqual([
      'Column "price": 2 cells such as "1.299" are read with a decimal comma, as "12,50" shows ("1.299" is 1299).',
    ]);
  });

  it.each<[string, string[], unknown[]]>([
    ['a point shows itself', ['12.50', '1,299'], [12.5, 1299]],
    ['and that three digits are parts', ['12.50', '1.299'], [12.5, 1.299]],
    ['a comma shows itself', ['0,5', '1,299', '1.299'], [0.5, 1.299, 1299]],
    ['thousands do', ['1.234.567', '1.299'], [1234567, 1299]],
    ['lakhs do', ['1,49,999', '1,299'], [149999, 1299]],
    ['nothing does', ['1.299', '1,299', '12'], ['refused', 'refused', 12]],
    ['both do', ['12.50', '12,50', '1.299', '1,299'], [12.5, 12.5, 'refused', 'refused']],
    ['other columns do not', ['1.299'], ['refused']],
  ])('%s', async (_name, cells, expected) => {
    expect((await prices(list('price', cells))).values).toEqual(expected);
  });

  it('are read by the semicolons of the file where no cell shows anything', async () => {
    const { values, notes } = await prices('name;price\nA;1.299\nB;1,299\n');
    expect(values).toEqual([1299, 1.299]);
    expect(notes.join()).toContain('as programs do that write semicolons between cells');
  });

  it('can be told by the request, against which no cell may speak', async () => {
    const open = list('price', ['1.299', '1,299']);
    expect((await prices(open, { decimal: ',' })).values).toEqual([1299, 1.299]);
    expect((await prices(open, { decimal: '.' })).values).toEqual([1.299, 1299]);
    const shown = await prices(list('price', ['12.50', '1.299']), { decimal: ',' });
    expect(shown.values).toEqual([12.5, 'refused']);
    expect(shown.notes.join()).toContain('the request says a decimal comma, and "12.50"');
  });

  it('that are refused are told of, with what would settle them', async () => {
    const { notes } = await prices(list('price', ['1.299', '2.499', '1,299']));
    expect(notes).toEqual([
      'Column "price": 3 cells such as "1.299" are refused: each can be read in two ways. State decimal ("," or ".") to have them read.',
    ]);
  });

  it('of many languages are read each as its own row says', async () => {
    const { values } = await prices(
      [
        'name,price,currency,locale',
        ...['a,"12,800円",JPY,ja', 'b,249.5,AED,ar', 'c,12.375,KWD,ar', 'd,149999,INR,hi'],
        ...['e,"₹1,49,999",INR,hi', 'f,25.000,VND,vi', 'g,"Rp 125.000",IDR,id'],
        ...['h,"1.299",EUR,de', 'i,"R$ 1.299,90",BRL,pt-BR', 'j,"1,299",USD,en-US'],
        ...['k,1.299,USD,en-US', 'l,"1,299",EUR,de', 'm,"1,299",MXN,es'],
      ].join('\n'),
    );
    expect(values).toEqual([
      ...[12800, 249.5, 12.375, 149999, 149999, 25000, 125000, 1299, 1299.9, 1299],
      // No dollar has three decimals, and no euro.
      ...['refused', 'refused', 1299],
    ]);
  });

  it('of one language do not speak for another', async () => {
    const { values } = await prices(
      'name,price,locale\na,"12,50",de\nb,12.50,en-US\nc,1.299,de\nd,"1,299",en-US\ne,1.299,en-US\nf,1.299,fr\n',
    );
    expect(values).toEqual([12.5, 12.5, 1299, 1299, 1.299, 'refused']);
  });
});

describe('dates in a column', () => {
  it('are read as a spreadsheet writes them', async () => {
    const { values, notes } = await starts(
      'title;starts_at\nA;24.09.2026\nB;03.04.2026\nC;24.09.2026 18:30\nD;9/24/2026 6:30 PM\nE;24-Sep-26\n',
    );
    expect(values).toEqual([
      ...['2026-09-24', '2026-04-03', '2026-09-24T18:30:00', '2026-09-24T18:30:00', '2026-09-24'],
    ]);
    expect(notes).toEqual([
      'Column "starts_at": the cell "03.04.2026" is read day first, as "24.09.2026" shows ("03.04.2026" is 2026-04-03).',
    ]);
  });

  it.each<[string, string[], GivenReading, string[]]>([
    ['day first', ['24/09/2026', '03/04/2026'], {}, ['2026-09-24', '2026-04-03']],
    ['month first', ['09/24/2026', '03/04/2026'], {}, ['2026-09-24', '2026-03-04']],
    ['open', ['03/04/2026', '04/04/2026'], {}, ['refused', '2026-04-04']],
    ['both', ['24/09/2026', '09/24/2026', '3/4/2026'], {}, ['2026-09-24', '2026-09-24', 'refused']],
    ['slashes say nothing of dashes', ['24/09/2026', '3-4-2026'], {}, ['2026-09-24', 'refused']],
    ['told', ['03/04/2026'], { dateOrder: 'dmy' }, ['2026-04-03']],
    ['told otherwise', ['03/04/2026'], { dateOrder: 'mdy' }, ['2026-03-04']],
    ['told in vain', ['03/04/2026'], { dateOrder: 'ymd' }, ['refused']],
    ['told the year', ['26/04/03', '99/12/31'], { dateOrder: 'ymd' }, ['2026-04-03', '1999-12-31']],
    ['told against it', ['24/9/2026', '3/4/2026'], { dateOrder: 'mdy' }, ['2026-09-24', 'refused']],
  ])('%s', async (_name, cells, given, expected) => {
    const csv = ['title,starts_at', ...cells.map((cell, at) => `${at},${cell}`)].join('\n');
    expect((await starts(csv, given)).values).toEqual(expected);
  });

  it('are read in the order of the language of their row', async () => {
    const { values } = await starts(
      'title,starts_at,locale\na,03/04/2026,en-US\nb,03/04/2026,en-GB\nc,03/04/2026,fr\nd,26. 4. 3.,ko\ne,09.10.2026,tr\n',
    );
    expect(values).toEqual([
      ...['2026-03-04', '2026-04-03', '2026-04-03', '2026-04-03', '2026-10-09'],
    ]);
  });
});
