import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import { findJsonError } from '../../../src/http/json-error.js';
import { readJsonWithList } from '../../../src/http/json-list.js';
import { readBatchJson } from '../../../src/http/read-batch-json.js';
import { createTimeSlice } from '../../../src/lib/time-slice.js';

const SMALL = { bytes: 40, entries: 2 };

/** The whole, put together again; or what is said of it. */
async function read(text: string, most = SMALL): Promise<unknown> {
  try {
    const slice = createTimeSlice();
    const json = await readJsonWithList(Buffer.from(text), 'items', slice, most);
    const items: unknown[] = [];
    for await (const { first, values } of json.groups()) {
      expect(first).toBe(items.length);
      items.push(...values);
    }
    return json.hasList ? { ...(json.head as object), items } : json.head;
  } catch (error) {
    if (error instanceof AppError) return error.detail;
    throw error;
  }
}

/** What reading it at once would give. */
function atOnce(text: string): unknown {
  const found = findJsonError(text);
  if (!found) return JSON.parse(text);
  return `The body is not valid JSON at line ${found.line}, column ${found.column}: expected ${found.expected}.`;
}

const VALID = [
  '{"template":"note","items":[{"data":{"a":1}},{"data":{"b":[1,[2]]}},{"data":{}}],"size":"og"}',
  '{ "items" : [ ] }',
  '{"items":[1,"a,b]","\\\\","\\"]}",{"x":"{"},[],[[",",1]],null,true,-1.5e3]}',
  '\n{\n"a":{"items":[9,9,9]},\n"items":[\n1,\n2,\n3,\n4\n]\n}\n',
  '{"it\\u0065ms":[1,2,3],"ünï":"😀","items ":[1]}',
  '{"items":[1,2,3],"items":[4,5,6,7,8]}',
  '{"items":{"items":[1,2,3]}}',
  '{"a":["items",":",[1]],"items":"none"}',
  '[{"items":[1,2]}]',
  '"items"',
  '7',
  'null',
];

describe('a list that is read in parts', () => {
  it.each(VALID)('is the same as at once: %s', async (text) => {
    expect(await read(text)).toEqual(JSON.parse(text));
    expect(await read(text, { bytes: 1, entries: 1 })).toEqual(JSON.parse(text));
    expect(await read(text, { bytes: 1e6, entries: 1e6 })).toEqual(JSON.parse(text));
  });

  it.each([
    '',
    '{',
    '{"items":[1,2,3',
    '{"items":[1,2,"x',
    '{"items":[1,2,3,]}',
    '{"items":[1,2,,3]}',
    '{"items":[,1]}',
    '{"items":[1,2}',
    '{"items":[{"a":1],2]}',
    '{"items":[1 2,3]}',
    '{"items":[1,2,3]]}',
    '{"items":[1,2,3],}',
    '{"items":[1,2,3]}\n x',
    '{"a":\n tru,"items":[1,2]}',
    '{"items":[1,2,\n{"a":\nnope}]}',
    '{"items" [1,2]}',
    '{items:[1,2,3]}',
  ])('has its mistake where it has it at once: %s', async (text) => {
    expect(await read(text)).toBe(atOnce(text));
  });

  it('is the same as at once, whatever was done to it', async () => {
    let state = 3;
    const below = (limit: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((state / 2 ** 31) * limit);
    };
    const signs = ['"', '\\', ',', ':', '[', ']', '{', '}', ' ', '\n', '1', 'é', 'items'];
    for (let round = 0; round < 4_000; round += 1) {
      let text = VALID[below(VALID.length)] ?? '';
      for (let change = below(3); change >= 0; change -= 1) {
        const at = below(text.length + 1);
        text = text.slice(0, at) + (signs[below(signs.length)] ?? '') + text.slice(at + below(2));
      }
      // What was cut through is no character any more.
      text = Buffer.from(text).toString();
      const expected = atOnce(text);
      const found = await read(text);
      if (typeof expected !== 'string' || !expected.startsWith('The body')) {
        expect([text, found]).toEqual([text, expected]);
      } else {
        // A text with two mistakes may have the other one told.
        expect([text, found]).toEqual([text, expect.stringMatching(/^The body is not valid JSON/)]);
      }
    }
  });

  it('has no entry that would hold everybody up, and nothing large beside it', async () => {
    const large = 'x'.repeat(5 * 1024 * 1024);
    expect(await read(`{"items":[1,2,"${large}"]}`)).toMatch(/^items\.2: is larger than 4 MB/);
    expect(await read(`{"items":[1,2,"${large}`)).toMatch(/^items\.2: is larger than 4 MB/);
    expect(await read(`{"items":[1],"more":"${large}"}`)).toMatch(/Beside the list "items"/);
    expect(await read(`[${large}]`)).toMatch(/Beside the list "items"/);
  });

  it('lets others have their turn, at the latest after so many bytes', async () => {
    // Every look at the time says that the slice is over: turns are counted, not milliseconds.
    const turns: number[] = [];
    const slice = { isOver: () => true, turn: async () => void turns.push(1) };
    const bytes = Buffer.from(`{"items":[${Array(100_000).fill('{"data":{"a":1}}').join()}]}`);
    const json = await readJsonWithList(bytes, 'items', slice);
    expect(turns.length).toBeGreaterThan(bytes.length / 40_000);
    turns.length = 0;
    let longest = 0;
    for await (const { values } of json.groups()) longest = Math.max(longest, values.length);
    expect(longest).toBe(250);
    expect(turns.length).toBe(400);
  });
});

describe('a batch as JSON', () => {
  const item = (i: number) => ({ ref: `r${i}`, data: { title: `T${i}`, [`f${i % 7}`]: i } });
  const items = Array.from({ length: 1_000 }, (_, i) => item(i));
  const batch = (body: unknown) => readBatchJson(Buffer.from(JSON.stringify(body)), true);

  it('comes out as it went in, with the hash that it always had', async () => {
    const body = { item_webhooks: false, items, template: 'note', size: 'og' };
    const read = await batch(body);
    expect(read.rows).toEqual(items.map(({ data, ref }) => ({ data, ref })));
    expect(read.columns).toEqual(['ref', 'title', ...[0, 1, 2, 3, 4, 5, 6].map((i) => `f${i}`)]);
    expect(read.options).toMatchObject({ template: 'note', size: 'og', item_webhooks: false });
    const hash = (value: unknown) =>
      createHash('sha256').update(JSON.stringify(value)).digest('hex');
    expect(read.fingerprint).toBe(hash(body));
    const short = { items: [item(1)], template: 'note' };
    expect((await batch(short)).fingerprint).toBe(hash(short));
  });

  it('has all its mistakes told at once, by their places in the whole list', async () => {
    const wrong = items.map((one, i) => (i === 3 || i === 900 ? { dat: {} } : one));
    const error = await batch({ items: wrong, template: 5, siez: 'og' }).catch((e) => e);
    expect(error).toMatchObject({ code: 'invalid_request' });
    const paths = error.errors.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['template', 'siez', 'items.3.data', 'items.3.dat', 'items.900.dat']),
    );
    expect(error.detail).toMatch(/\(and \d more\)$/);
  });

  it.each<[unknown, RegExp]>([
    [{ template: 'note' }, /^items: is required/],
    [{ template: 'note', items: [] }, /^items: must hold at least one row/],
    [{ template: 'note', items: {} }, /^items: must be a list/],
    [[1], /must be an object/],
    [null, /must be an object/],
    [{ template: 'note', items: [7] }, /^items\.0: must be an object/],
  ])('%j is refused', async (body, message) => {
    const error = await batch(body).catch((e) => e);
    expect(error.code).toBe('invalid_request');
    expect(error.detail).toMatch(message);
  });
});
