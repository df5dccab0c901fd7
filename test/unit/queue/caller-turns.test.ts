import { expect, it } from '@jest/globals';
import { createCallerTurns } from '../../../src/queue/caller-turns.js';

let nowMs = 0;
const make = () => createCallerTurns({ now: () => nowMs });

it('counts the jobs of each caller by itself', () => {
  const turns = make();
  expect([1, 2, 3].map(() => turns.next('key:a'))).toEqual([1, 2, 3]);
  expect(turns.next('key:b')).toBe(1);
});

it('forgets a burst as fast as it is drawn', () => {
  const turns = make();
  for (let n = 0; n < 20; n += 1) turns.next('key:a');
  nowMs += 1_000;
  expect(turns.next('key:a')).toBe(11);
  nowMs += 60_000;
  expect(turns.next('key:a')).toBe(1);
});

it('leaves who asks now and then in front, however long', () => {
  const turns = make();
  for (let n = 0; n < 50; n += 1) {
    expect(turns.next('key:a')).toBe(1);
    nowMs += 200;
  }
});

it('is bounded: those longest unheard of are forgotten', () => {
  const turns = make();
  turns.next('key:first');
  for (let n = 0; n < 1_000; n += 1) turns.next(`key:${n}`);
  expect(turns.next('key:first')).toBe(1);
  expect(turns.next('key:999')).toBe(2);
});
