import { totalmem } from 'node:os';
import { expect, it } from '@jest/globals';
import { defaultPages, memoryBytes, pagesFor, pixelsFor } from '../../../src/config/machine.js';

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

it('has room for the largest picture in 2 GB, for many in more, and for a few cards in any case', () => {
  const largest = (2_048 * 3) ** 2;
  expect(Math.floor(pixelsFor(2 * GIGABYTE) / largest)).toBe(1);
  expect(Math.floor(pixelsFor(8 * GIGABYTE) / largest)).toBe(6);
  expect(Math.floor(pixelsFor(0.5 * GIGABYTE) / (1_200 * 630))).toBe(5);
});
