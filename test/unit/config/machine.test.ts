import { totalmem } from 'node:os';
import { expect, it } from '@jest/globals';
import {
  browserLimit,
  connectionsFor,
  defaultPages,
  memoryBytes,
  openFilesLimit,
  pagesFor,
  pixelsFor,
  templatePagesFor,
} from '../../../src/config/machine.js';

const GIGABYTE = 1024 ** 3;

it.each([
  ['two cores with plenty of memory', 2, 24, 3],
  ['one core', 1, 4, 2],
  ['many cores in a container of 2 GB', 64, 2, 15],
  ['a machine that has hardly any', 4, 0.5, 1],
])('takes 1.5 pages a core, as far as memory goes: %s', (_name, cores, gigabytes, pages) => {
  expect(pagesFor(cores, gigabytes * GIGABYTE)).toBe(pages);
});

it('knows how much memory there is here', () => {
  expect(memoryBytes()).toBeGreaterThan(0);
  expect(memoryBytes()).toBeLessThanOrEqual(totalmem());
  expect(defaultPages()).toBeGreaterThanOrEqual(1);
  expect(defaultPages()).toBeLessThanOrEqual(64);
});

it.each([
  ['what a container of 2 GB holds', 2, 3, 4],
  ['more in 4 GB', 4, 3, 12],
  ['no more than a dozen', 64, 3, 12],
  ['one where many pages share little', 2, 15, 1],
])(
  'keeps as many templatePages a page as there is memory for: %s',
  (_name, gigabytes, pages, templatePages) => {
    expect(templatePagesFor(gigabytes * GIGABYTE, pages)).toBe(templatePages);
  },
);

it('replaces a browser whose memory is more than its templatePages explain', () => {
  expect(browserLimit(12)).toBe(1_500 * 1024 ** 2);
  expect(browserLimit(36)).toBeGreaterThan(36 * 45 * 1024 ** 2 + 500 * 1024 ** 2);
});

it('leaves the rest to pixels: the largest picture alone in 2 GB, several in more', () => {
  const largest = (2_048 * 3) ** 2;
  expect(pixelsFor(2 * GIGABYTE, 12)).toBeLessThan(largest);
  expect(pixelsFor(2 * GIGABYTE, 12)).toBeGreaterThan(30 * 1_200 * 630);
  expect(Math.floor(pixelsFor(8 * GIGABYTE, 36) / largest)).toBe(5);
  expect(Math.floor(pixelsFor(0.5 * GIGABYTE, 1) / (1_200 * 630))).toBe(5);
});

it.each([
  [1_024, 512],
  [1_048_576, 4_096],
  [Number.POSITIVE_INFINITY, 4_096],
  [1, 1],
])('leaves half of %d files to others than callers', (openFiles, connections) => {
  expect(connectionsFor(openFiles)).toBe(connections);
});

it('knows how many files may be open here', () => {
  expect(openFilesLimit()).toBeGreaterThan(100);
});
