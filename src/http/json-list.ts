import { AppError } from '../errors/app-error.js';
import { invalidField } from '../errors/invalid-field.js';
import type { TimeSlice } from '../lib/time-slice.js';
import { findJsonError } from './json-error.js';
import { jsonSyntaxError } from './middleware/json-body.js';

/*
 * A JSON object with one long list, read a piece of the list at a time: `JSON.parse` of 32 MB holds
 * the event loop for as long as it takes. The bytes are walked to find where entries end, and all
 * that is between is left to `JSON.parse`.
 */

/** Of an entry with pictures inside data: addresses. Larger ones would hold the event loop alone. */
const MAX_ENTRY_BYTES = 4 * 1024 * 1024;
/** Of everything that stands beside the list. */
const MAX_HEAD_BYTES = 1024 * 1024;
/** Of the list, parsed at once. */
const GROUP = { bytes: 64 * 1024, entries: 250 };
/** Bytes that are walked before the time is looked at. */
const STRIDE = 16 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Entries that are parsed together: bytes from `start` to `end`. */
interface Group {
  start: number;
  end: number;
  /** The number of its first entry, from 0. */
  first: number;
}

interface Found {
  /** Behind the bracket that opens the list. */
  start: number;
  /** Of the bracket that closes it; absent where nothing does. */
  end?: number;
  groups: Group[];
}

/** Behind the quote that closes the string which opens at `at`; the length where none does. */
function stringEnd(bytes: Buffer, at: number): number {
  for (let end = bytes.indexOf(QUOTE, at + 1); end !== -1; end = bytes.indexOf(QUOTE, end + 1)) {
    let backslashes = 0;
    while (bytes[end - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
  }
  return bytes.length;
}

const isBlank = (byte: number | undefined) =>
  byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

function isKey(written: Buffer, key: string): boolean {
  // Escaped at most: six bytes for each character.
  if (written.length > key.length * 6 + 2) return false;
  try {
    return JSON.parse(written.toString()) === key;
  } catch {
    return false;
  }
}

/** Finds the list under `key`, of several the last, as JSON has it. Parses nothing of it. */
async function findList(
  bytes: Buffer,
  key: string,
  slice: TimeSlice,
  most: typeof GROUP,
): Promise<Found | undefined> {
  let found: Found | undefined;
  let open: Found | undefined;
  let depth = 0;
  let entries = 0;
  let entryStart = 0;
  let group = { start: 0, first: 0 };
  let lastString: Buffer | undefined;
  let lookAgain = STRIDE;

  const assertSize = (end: number) => {
    if (end - entryStart <= MAX_ENTRY_BYTES) return;
    const megabytes = MAX_ENTRY_BYTES / 1024 / 1024;
    throw invalidField(
      `${key}.${entries}`,
      `is larger than ${megabytes} MB. Refer to pictures by URL instead of sending them`,
    );
  };
  const endGroup = (end: number) => {
    if (open) open.groups.push({ ...group, end });
    group = { start: end + 1, first: entries };
  };

  for (let at = 0; at < bytes.length; at += 1) {
    if (at >= lookAgain) {
      lookAgain = at + STRIDE;
      if (slice.isOver()) await slice.turn();
    }
    switch (bytes[at]) {
      case QUOTE: {
        const end = stringEnd(bytes, at);
        if (depth === 1) lastString = bytes.subarray(at, end);
        at = end - 1;
        break;
      }
      case COLON: {
        if (depth !== 1 || open || !lastString || !isKey(lastString, key)) break;
        let next = at + 1;
        while (isBlank(bytes[next])) next += 1;
        found = undefined;
        if (bytes[next] !== OPEN_LIST) break;
        open = { start: next + 1, groups: [] };
        [entries, entryStart, group] = [0, next + 1, { start: next + 1, first: 0 }];
        depth = 2;
        at = next;
        break;
      }
      case COMMA:
        if (!open || depth !== 2) break;
        assertSize(at);
        entries += 1;
        entryStart = at + 1;
        if (at - group.start >= most.bytes || entries - group.first >= most.entries) endGroup(at);
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        depth += 1;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth -= 1;
        if (!open || depth !== 1) break;
        assertSize(at);
        endGroup(at);
        found = { ...open, end: at };
        open = undefined;
        break;
    }
  }
  if (!open) return found;
  assertSize(bytes.length);
  endGroup(bytes.length);
  return open;
}

/** Line and column of a byte, both from 1. */
async function placeOf(bytes: Buffer, offset: number, slice: TimeSlice) {
  let line = 1;
  let start = 0;
  for (let at = bytes.indexOf(0x0a); at !== -1 && at < offset; at = bytes.indexOf(0x0a, at + 1)) {
    line += 1;
    start = at + 1;
    if (line % 1_000 === 0 && slice.isOver()) await slice.turn();
  }
  // Characters as JavaScript counts them, without a copy of a line that may be all there is.
  let column = 1;
  for (let at = start; at < Math.min(offset, bytes.length); at += 1) {
    const byte = bytes[at] ?? 0;
    if ((byte & 0xc0) !== 0x80) column += byte >= 0xf0 ? 2 : 1;
    if (at % STRIDE === 0 && slice.isOver()) await slice.turn();
  }
  return { line, column };
}

function offsetOf(text: string, place: { line: number; column: number }): number {
  let start = 0;
  for (let line = 1; line < place.line; line += 1) start = text.indexOf('\n', start) + 1;
  return Buffer.byteLength(text.slice(0, start + place.column - 1));
}

export interface JsonWithList {
  /** The whole, with an empty list where the long one stands. */
  head: unknown;
  /** Whether there is such a list. */
  hasList: boolean;
  /** The entries, some at a time, with the number of the first, from 0. */
  groups(): AsyncGenerator<{ first: number; values: unknown[] }>;
}

/**
 * Reads UTF-8 that should be an object with a list under `key`, in slices of time.
 * @throws AppError `bad_json` with the place; `invalid_request` for an entry over 4 MB, or over 1 MB
 *   beside the list; `groups` throws `bad_json` too
 */
export async function readJsonWithList(
  bytes: Buffer,
  key: string,
  slice: TimeSlice,
  most = GROUP,
): Promise<JsonWithList> {
  const list = await findList(bytes, key, slice, most);

  /** `base`: where the text stands among the bytes, by an offset within the text. */
  async function fault(text: string, base: (offset: number) => number, cause?: unknown) {
    const found = findJsonError(text);
    if (!found) return jsonSyntaxError(undefined, cause);
    const place = await placeOf(bytes, base(offsetOf(text, found)), slice);
    return jsonSyntaxError({ ...found, ...place }, cause);
  }

  async function parseGroup({ start, end, first }: Group): Promise<unknown[]> {
    const text = `${bytes.subarray(start, end).toString()}]`;
    let cause: unknown;
    try {
      const values = JSON.parse(`[${text}`) as unknown[];
      // Nothing at all is a list without entries; behind a comma something must stand.
      if (values.length > 0 || first === 0) return values;
    } catch (error) {
      cause = error;
    }
    const opening = first === 0 ? '[' : '[0,';
    throw await fault(opening + text, (offset) => start + offset - opening.length, cause);
  }

  async function* groups() {
    for (const group of list?.groups ?? []) {
      if (slice.isOver()) await slice.turn();
      yield { first: group.first, values: await parseGroup(group) };
    }
  }

  if (list && list.end === undefined) {
    // Cut off within the list, if not wrong before.
    for await (const _ of groups());
    const place = await placeOf(bytes, bytes.length, slice);
    throw jsonSyntaxError({ ...place, expected: 'a "," or the end of the list or object' });
  }
  const removed = list?.end === undefined ? 0 : list.end - list.start;
  if (bytes.length - removed > MAX_HEAD_BYTES) {
    throw new AppError('invalid_request', {
      detail: `Beside the list "${key}" the body has more than ${MAX_HEAD_BYTES / 1024 / 1024} MB. Send an object with the list, and settings beside it.`,
      errors: [{ path: key, message: 'must be a list, and nothing beside it large' }],
    });
  }
  const listStart = list?.start ?? bytes.length;
  const before = bytes.subarray(0, listStart).toString();
  const after = bytes.subarray(list?.end ?? bytes.length).toString();
  try {
    const head: unknown = JSON.parse(before + after);
    return { head, hasList: list !== undefined, groups };
  } catch (cause) {
    // For what follows it, a list that has entries is not empty.
    const entry = removed > 0 ? '0' : '';
    const base = (offset: number) =>
      offset > listStart ? offset - entry.length + removed : offset;
    throw await fault(before + entry + after, base, cause);
  }
}
