import { availableParallelism, totalmem } from 'node:os';

const MEGABYTE = 1024 * 1024;

/** Bytes that this process and its browsers may take: those of its container, or of the machine. */
export function memoryBytes(): number {
  const limit = process.constrainedMemory();
  // Without a limit it is 0, or larger than any machine.
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Measured (`npm run bench:growth -- --parts memory`): Node and a browser, and what a page adds. */
const BASE_BYTES = 500 * MEGABYTE;
const PAGE_BYTES = 100 * MEGABYTE;

/**
 * One and a half pages a core: while one page waits for its pixels, another lays out. More gain
 * nothing (three, four and six on two cores were equally fast). No more than there is memory for.
 */
export function pagesFor(cores: number, memory: number): number {
  const byMemory = Math.floor((memory - BASE_BYTES) / PAGE_BYTES);
  return Math.max(1, Math.min(Math.max(2, Math.ceil(cores * 1.5)), byMemory));
}

export const defaultPages = () => Math.min(64, pagesFor(availableParallelism(), memoryBytes()));

/** What is left to pixels: less than this would hold up even ordinary cards. */
const LEAST_PIXELS = 4_000_000;
/** Measured on squares of 6,144 px: tiles, frame, capture, transfer, decoding and encoding. */
const BYTES_PER_PIXEL = 32;
const BASE_WITH_PAGES_BYTES = 700 * MEGABYTE;

/** How many pixels may be drawn at once within so much memory. */
export function pixelsFor(memory: number): number {
  return Math.max(LEAST_PIXELS, (memory - BASE_WITH_PAGES_BYTES) / BYTES_PER_PIXEL);
}
