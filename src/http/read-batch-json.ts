import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { BatchRow } from '../batches/batch.js';
import type { FieldError } from '../errors/app-error.js';
import { createTimeSlice } from '../lib/time-slice.js';
import { type JsonWithList, readJsonWithList } from './json-list.js';
import { inputError, readInput } from './parse-input.js';
import { batchItemsSchema, newBatchSchema } from './schemas/batch.js';

type NewBatch = z.output<typeof newBatchSchema>;

export interface BatchJson {
  options: Omit<NewBatch, 'items'>;
  rows: BatchRow[];
  /** Names in the data, in the order in which they come up. */
  columns: string[];
  /** Hash of the content, whatever its white space; '' where none is wanted. */
  fingerprint: string;
}

/** Names in a results.csv of JSON items; what only later rows hold is left out of it. */
const MAX_COLUMNS = 200;

/** Collects the names that the data of items holds. */
function createColumns() {
  const names = new Set<string>();
  let hasRef = false;
  return {
    add({ data, ref }: NewBatch['items'][number]): void {
      hasRef ||= ref !== undefined;
      if (names.size >= MAX_COLUMNS) return;
      for (const name of Object.keys(data)) if (names.size < MAX_COLUMNS) names.add(name);
    },
    list: () => [...new Set(hasRef ? ['ref', ...names] : names)].slice(0, MAX_COLUMNS),
  };
}

/** As `JSON.stringify` writes the whole, so that hashes that are kept stay right. */
function createFingerprint(head: Record<string, unknown>) {
  const names = Object.keys(head);
  const at = names.indexOf('items');
  const written = (some: string[]) =>
    some.map((name) => `${JSON.stringify(name)}:${JSON.stringify(head[name])}`);
  const before = [...written(names.slice(0, at)), '"items":['].join(',');
  const after = ['', ...written(names.slice(at + 1))].join(',');
  const hash = createHash('sha256').update(`{${before}`);
  let isFirst = true;
  return {
    add(values: unknown[]): void {
      const text = JSON.stringify(values).slice(1, -1);
      if (text === '') return;
      hash.update(isFirst ? text : `,${text}`);
      isFirst = false;
    },
    end: () => hash.update(`]${after}}`).digest('hex'),
  };
}

/** `items.3` of a part that begins at 500 is `items.503`. */
function moved({ path, message }: FieldError, first: number): FieldError {
  const at = path.replace(/^items\.(\d+)/, (_, index: string) => `items.${Number(index) + first}`);
  return { path: at, message };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Options, and the items where they are no list: what the schema has to say of them. */
function readOptions(json: JsonWithList, probe: unknown[]) {
  const { head, hasList } = json;
  const whole = isObject(head) && hasList ? { ...head, items: probe } : head;
  return readInput(newBatchSchema, whole);
}

/**
 * A batch as JSON, parsed and checked in slices of time: 100,000 items hold nobody up.
 * @throws AppError `bad_json`, `invalid_request`
 */
export async function readBatchJson(bytes: Buffer, wantsFingerprint: boolean): Promise<BatchJson> {
  const slice = createTimeSlice();
  const json = await readJsonWithList(bytes, 'items', slice);
  const rows: BatchRow[] = [];
  const columns = createColumns();
  const errors: FieldError[] = [];
  let options: NewBatch | undefined;
  const head = isObject(json.head) && json.hasList ? json.head : undefined;
  const fingerprint = wantsFingerprint && head ? createFingerprint(head) : undefined;

  for await (const { first, values } of json.groups()) {
    fingerprint?.add(values);
    // The first part is checked with the options, so that all is told at once.
    const read =
      first === 0 ? readOptions(json, values) : readInput(batchItemsSchema, { items: values });
    if (read.errors) {
      errors.push(...read.errors.map((error) => moved(error, first)));
      continue;
    }
    if (first === 0) options = read.value as NewBatch;
    for (const item of read.value.items) {
      columns.add(item);
      rows.push({ data: item.data, ...(item.ref ? { ref: item.ref } : {}) });
    }
  }
  if (!head) errors.push(...(readOptions(json, []).errors ?? []));
  if (errors.length > 0 || !options) throw inputError(errors);
  return {
    options,
    rows,
    columns: columns.list(),
    fingerprint: fingerprint?.end() ?? '',
  };
}
