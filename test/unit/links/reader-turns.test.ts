import { setMaxListeners } from 'node:events';
import { expect, it } from '@jest/globals';
import type { Reader } from '../../../src/links/reader.js';
import { createReaderTurns } from '../../../src/links/reader-turns.js';

const LONG_MS = 60_000;
const of = (wideNetwork: string, signal?: AbortSignal): Reader => ({
  ...{ kind: 'network', network: `${wideNetwork}-one`, wideNetwork },
  ...(signal ? { signal } : {}),
});

/** Turns of a process that is as busy as `load.now` says. */
function turnsUnder(load: { now: number }) {
  const turns = createReaderTurns({ utilization: () => load.now, intervalMs: 1 });
  const order: string[] = [];
  const come = (name: string, reader: Reader, timeoutMs = LONG_MS) =>
    turns.take(reader, timeoutMs).then((isTurn) => {
      order.push(isTurn ? name : `${name} left`);
      return isTurn;
    });
  return { turns, order, come };
}

it('lets everybody in at once while the process has time', async () => {
  const { turns, order, come } = turnsUnder({ now: 0.2 });
  await Promise.all([come('a1', of('a')), come('a2', of('a')), come('b1', of('b'))]);
  expect(order).toEqual(['a1', 'a2', 'b1']);
  expect(turns.hasWaiters(of('a'))).toBe(false);
});

it('takes one network after the other when it is busy, so that a flood waits for itself', async () => {
  const { order, come } = turnsUnder({ now: 0.9 });
  const flood = Array.from({ length: 20 }, (_, n) => come(`a${n}`, of('a')));
  await Promise.all([come('b', of('b')), come('c', of('c'))]);
  expect(order).toContain('b');
  expect(order.length).toBeLessThanOrEqual(4);
  await Promise.all(flood);
  expect(order.filter((name) => name.startsWith('a'))).toEqual(
    Array.from({ length: 20 }, (_, n) => `a${n}`),
  );
});

it('counts the addresses of a shared network one by one, and all unknown readers as one', async () => {
  const { turns, order, come } = turnsUnder({ now: 0.9 });
  const shared = (network: string): Reader => ({ kind: 'shared', network, wideNetwork: 'proxy' });
  const unknown: Reader = { kind: 'unknown', network: '', wideNetwork: '' };
  const all = [
    ...Array.from({ length: 5 }, (_, n) => come(`u${n}`, unknown)),
    come('s1', shared('66.249.84.1')),
    come('s2', shared('66.249.84.2')),
  ];
  expect(turns.hasWaiters(unknown)).toBe(true);
  expect(turns.hasWaiters(shared('66.249.84.1'))).toBe(true);
  expect(turns.hasWaiters(shared('66.249.84.3'))).toBe(false);
  await Promise.all(all);
  expect(order.slice(0, 3)).toEqual(['u0', 's1', 's2']);
});

it('passes over who has disconnected, and ends with the time of the reader', async () => {
  const load = { now: 0.9 };
  const { turns, order, come } = turnsUnder(load);
  const leaving = new AbortController();
  const first = come('first', of('a', leaving.signal));
  const second = come('second', of('a'));
  leaving.abort();
  expect([await first, await second]).toEqual([false, true]);
  expect(order).toEqual(['first left', 'second']);
  expect(await turns.take(of('a', leaving.signal), LONG_MS)).toBe(false);
  const crowd = Array.from({ length: 100 }, (_, n) => come(`n${n}`, of('b')));
  expect(await come('late', of('b'), 5)).toBe(false);
  load.now = 0;
  await Promise.all(crowd);
  expect(turns.hasWaiters(of('b'))).toBe(false);
});

it('refuses a reader where so many wait that the turn would not come in time', async () => {
  const { turns, come } = turnsUnder({ now: 0.9 });
  const leaving = new AbortController();
  setMaxListeners(0, leaving.signal);
  const crowd = Array.from({ length: 2_000 }, (_, n) =>
    come(`n${n}`, of(`net${n}`, leaving.signal)),
  );
  expect(await turns.take(of('one-more'), LONG_MS)).toBe(false);
  leaving.abort();
  await Promise.all(crowd);
  expect(await turns.take(of('next'), LONG_MS)).toBe(true);
});
