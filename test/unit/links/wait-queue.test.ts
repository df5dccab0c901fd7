import { setMaxListeners } from 'node:events';
import { expect, it } from '@jest/globals';
import { createWaitQueue } from '../../../src/links/wait-queue.js';
import { until } from '../../support/until.js';

const LONG = { timeoutMs: 60_000 };

it('gives places in the order in which readers came, past those who hung up', async () => {
  const line = createWaitQueue();
  let places = 0;
  const got: number[] = [];
  const leaving = Array.from({ length: 6 }, () => new AbortController());
  const waiting = leaving.map(async ({ signal }, at) => {
    const look = async () => {
      if (places === 0) return undefined;
      places -= 1;
      return at;
    };
    const place = await line.wait('a', look, { ...LONG, signal });
    if (place !== undefined) got.push(place);
  });
  for (const at of [0, 1, 3]) leaving[at]?.abort();
  await Promise.all([waiting[0], waiting[1], waiting[3]]);
  expect([got, line.hasWaiters('a')]).toEqual([[], true]);
  places = 1;
  await until(() => got.length === 1);
  places = 2;
  await Promise.all(waiting);
  expect(got).toEqual([2, 4, 5]);
  expect(line.hasWaiters('a')).toBe(false);
});

it('asks for the first of each line alone', async () => {
  const line = createWaitQueue();
  const asked = new Set<string>();
  const leaving = new AbortController();
  const wait = (name: string, who: string) =>
    line.wait(
      name,
      async () => {
        asked.add(who);
        return undefined;
      },
      { ...LONG, signal: leaving.signal },
    );
  const all = [wait('a', 'a1'), wait('a', 'a2'), wait('b', 'b1')];
  await until(() => asked.size === 2);
  leaving.abort();
  await Promise.all(all);
  expect([...asked].sort()).toEqual(['a1', 'b1']);
});

it('ends with the time of the reader, refuses who comes to a long line, and passes on what fails', async () => {
  const line = createWaitQueue();
  const nothing = async () => undefined;
  expect(await line.wait('a', nothing, { timeoutMs: 20 })).toBeUndefined();
  const leaving = new AbortController();
  const { signal } = leaving;
  setMaxListeners(0, signal);
  const crowd = Array.from({ length: 500 }, () => line.wait('a', nothing, { ...LONG, signal }));
  expect(await line.wait('a', async () => 'never', LONG)).toBeUndefined();
  leaving.abort();
  await Promise.all(crowd);
  await expect(line.wait('a', () => Promise.reject(new Error('away')), LONG)).rejects.toThrow(
    'away',
  );
  expect(line.hasWaiters('a')).toBe(false);
});
