import { describe, expect, it } from '@jest/globals';
import { mapRow, resolveMapping } from '../../../src/batches/column-mapping.js';
import { causeOf, createCauseTally } from '../../../src/batches/failure-causes.js';
import { batchSummary } from '../../../src/cli/batch-summary.js';

const price = (value: string) => ({
  code: 'invalid_data' as const,
  message: `data.price: "${value}" can be read in two ways. Write it like 1234.5.`,
});

describe('causes of failures', () => {
  it('are one for rows that failed alike, whatever their values', () => {
    const tally = createCauseTally();
    for (let row = 1; row <= 12; row += 1) tally.add(row, price(`${row}.299`));
    tally.add(13, {
      code: 'invalid_data',
      message: 'data.items[2].name: Give text, not a number.',
    });
    tally.add(14, { code: 'render_timeout', message: 'The rendering took too long.' });
    const [most, second, third] = tally.report();
    expect(most).toEqual({
      cause: causeOf(price('7,111')).cause,
      code: 'invalid_data',
      field: 'price',
      message: '"1.299" can be read in two ways. Write it like 1234.5.',
      count: 12,
      rows: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    });
    expect(second).toMatchObject({ field: 'items', message: 'Give text, not a number.', count: 1 });
    expect(third).not.toHaveProperty('field');
  });

  it('are those of the first error of a row', () => {
    const both = `${price('1.299').message} data.day: "x" is not a date.`;
    expect(causeOf({ code: 'invalid_data', message: both })).toEqual(causeOf(price('1.299')));
  });

  it('are bounded', () => {
    const tally = createCauseTally();
    const name = (row: number) => String.fromCharCode(97 + Math.floor(row / 26), 97 + (row % 26));
    for (let row = 1; row <= 300; row += 1) {
      tally.add(row, { code: 'internal', message: `The part ${name(row)} broke.` });
    }
    const report = tally.report();
    expect(report).toHaveLength(51);
    expect(report[0]).toMatchObject({ cause: 'others', count: 250 });
  });

  it('are shown in the terminal with their counts', () => {
    const tally = createCauseTally();
    for (let row = 1; row <= 12; row += 1) tally.add(row, price('1.299'));
    const batch: Parameters<typeof batchSummary>[0] = {
      id: 'b',
      status: 'partial',
      template: 't',
      total: 20,
      run: 1,
      notes: [],
      counts: {
        queued: 0,
        active: 0,
        completed: 8,
        reused: 0,
        failed: 12,
        review: 0,
        cancelled: 0,
      },
      failures: tally.report(),
      rate_per_second: 1,
      eta_seconds: 0,
      created_at: '',
      finished_at: null,
    };
    expect(batchSummary(batch)).toBe(
      'partial: 20 rows: 8 completed, 12 failed\nWhy rows failed:\n  12 × invalid_data (price): "1.299" can be read in two ways. Write it like 1234.5. [rows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …]\n',
    );
  });
});

describe('constants in a mapping', () => {
  const fields = ['title', 'message', 'tags'].map((name) => ({ name, label: name }));

  it('are the same in every row, beside columns', () => {
    const mapping = resolveMapping(
      ['Headline', 'message'],
      { title: 'Headline', message: { value: 'Hi' }, tags: { value: ['a', 1] } },
      fields,
    );
    expect(mapRow(mapping, ['One', 'ignored']).data).toEqual({
      title: 'One',
      message: 'Hi',
      tags: ['a', 1],
    });
    expect(mapping.unused).toEqual(['message']);
  });

  it('leave the other fields to the columns of their names', () => {
    const mapping = resolveMapping(['Title', 'message'], { message: { value: 'Hi' } }, fields);
    expect(mapRow(mapping, ['One', 'ignored']).data).toEqual({ title: 'One', message: 'Hi' });
  });

  it.each([
    [{ message: { value: 'x', column: 'Title' } }, 'is either'],
    [{ message: {} }, '{"value": "text"}'],
    [{ nothing: { value: 'x' } }, 'no such field'],
  ])('%j is refused', (mapping, reason) => {
    expect(() => resolveMapping(['Title'], mapping, fields)).toThrow(reason);
  });

  it('fill a cell that says that there is none by the fallback of its column', () => {
    const mapping = resolveMapping(
      ['Title'],
      { title: { column: 'Title', fallback: 'None yet' } },
      fields,
    );
    const { data, warnings } = mapRow(mapping, ['#N/A']);
    expect([data.title, warnings[0]?.code]).toEqual(['None yet', 'column_fallback_used']);
    expect(warnings[0]?.message).toContain('"#N/A", which counts as missing');
  });
});
