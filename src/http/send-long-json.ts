import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { createTimeSlice } from '../lib/time-slice.js';

/** Entries of a list that are written together. */
const ENTRIES_AT_ONCE = 100;

/** An object as JSON, the lists in it some entries at a time. */
async function* jsonPieces(object: Readonly<Record<string, unknown>>): AsyncGenerator<string> {
  const slice = createTimeSlice();
  let before = '{';
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    const key = `${before}${JSON.stringify(name)}:`;
    before = ',';
    if (!Array.isArray(value)) {
      yield key + JSON.stringify(value);
      continue;
    }
    yield `${key}[`;
    for (let at = 0; at < value.length; at += ENTRIES_AT_ONCE) {
      if (slice.isOver()) await slice.turn();
      const text = JSON.stringify(value.slice(at, at + ENTRIES_AT_ONCE)).slice(1, -1);
      yield at === 0 ? text : `,${text}`;
    }
    yield ']';
  }
  yield before === '{' ? '{}' : '}';
}

const isLong = (value: unknown) => Array.isArray(value) && value.length > ENTRIES_AT_ONCE;

/**
 * Answers with an object that may hold long lists: these are written in slices of time, and only as
 * fast as they are read. Blanks may have been sent before it.
 */
export async function sendLongJson(
  res: Response,
  object: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (!res.headersSent && !Object.values(object).some(isLong)) {
    res.json(object);
    return;
  }
  if (!res.headersSent) {
    res.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
  }
  // Too late for another status: a broken connection says that half of it is missing.
  await pipeline(jsonPieces(object), res).catch(() => res.destroy());
}
