import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';

export const MEGABYTE = 1024 * 1024;

/** Bytes that this process and its browsers may take: those of its container, or of the machine. */
export function memoryBytes(): number {
  const limit = process.constrainedMemory();
  // Without a limit it is 0, or larger than any machine.
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Measured (`npm run bench -- growth --parts memory`): Node and an empty browser. */
const BASE_BYTES = 500 * MEGABYTE;
/** Measured there: a browser page that holds a heavy template page, warm. */
const TEMPLATE_PAGE_BYTES = 45 * MEGABYTE;
/** A browser page that draws: its template page, and what is in flight in browser and encoder. */
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

const MAX_TEMPLATE_PAGES = 12;
/** The rest is for pictures on their way. */
const SHARE_OF_TEMPLATE_PAGES = 0.55;

/**
 * Warm template pages that each of so many pages may keep. To make one anew takes as long as four heavy
 * pictures, so that templates that take turns should all find theirs.
 */
export function templatePagesFor(memory: number, pages: number): number {
  const byMemory = (memory * SHARE_OF_TEMPLATE_PAGES - BASE_BYTES) / (TEMPLATE_PAGE_BYTES * pages);
  return Math.max(1, Math.min(MAX_TEMPLATE_PAGES, Math.floor(byMemory)));
}

const LEAST_BROWSER_BYTES = 1_500 * MEGABYTE;
const GROWN_TEMPLATE_PAGE_BYTES = 60 * MEGABYTE;

/** A browser with so many template pages that takes more than this has grown, and is replaced. */
export function browserLimit(templatePages: number): number {
  return Math.max(LEAST_BROWSER_BYTES, BASE_BYTES + GROWN_TEMPLATE_PAGE_BYTES * templatePages);
}

/** What is left to pixels: less than this would hold up even ordinary cards. */
const LEAST_PIXELS = 4_000_000;
/** Measured on squares of 6,144 px: tiles, frame, capture, transfer, decoding and encoding. */
const BYTES_PER_PIXEL = 32;

/** How many pixels may be drawn at once within so much memory, beside so many warm template pages. */
export function pixelsFor(memory: number, templatePages: number): number {
  const left = memory - BASE_BYTES - TEMPLATE_PAGE_BYTES * templatePages;
  return Math.max(LEAST_PIXELS, left / BYTES_PER_PIXEL);
}

/** Of this process; on systems without /proc there is no telling. */
export function openFilesLimit(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** What one process can serve, were each to ask. A browser takes six for a host. */
const MAX_CONNECTIONS = 4_096;

/** Connections of callers: at most half of what may be open, the rest is for files and Redis. */
export function connectionsFor(openFiles: number): number {
  return Math.max(1, Math.min(MAX_CONNECTIONS, Math.floor(openFiles / 2)));
}
